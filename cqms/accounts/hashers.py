"""How passwords are hashed."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class Argon2(Argon2PasswordHasher):
    """Argon2id with 46 MiB, one pass and one lane, the first choice of OWASP's password storage advice.

    Signing asks for the password again and again; this costs a tenth of the framework's default and stands as firm.
    """

    time_cost = 1
    memory_cost = 47_104
    parallelism = 1
