"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 19 MiB, two passes and one lane, one of the equal choices of OWASP's advice on storing passwords.

    Signing asks for the password again and again; this costs a tenth of the framework's default and stands as firm.
    """

    time_cost = 2
    memory_cost = 19_456
    parallelism = 1
