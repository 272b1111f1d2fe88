"""The Directory API (admin.directory_v1): the users, groups and members that programs may read and change.

Only administrators and the company's service accounts are served; anybody of the domain may look up colleagues with
`viewType=domain_public`. Source: Directory API reference; members and refusal texts as seen in public logs.
"""

from emulator.admin import aliases, groups, members, users

__all__ = ["aliases", "groups", "members", "users"]
