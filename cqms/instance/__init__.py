"""Everything that starts, watches and stops the services of one installation.

Used by the commands in bin/ and by the tests. It imports nothing of the platform, and what runs before the
virtual environment exists imports the standard library only.
"""
