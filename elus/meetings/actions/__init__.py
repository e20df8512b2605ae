"""What a secretariat does to a draft, and what a later act may do to a published meeting."""

from elus.meetings.actions.agenda import add_item, count, move_item, paste_agenda, remove_item, restore_item
from elus.meetings.actions.copying import Agenda, copy
from elus.meetings.actions.facts import Facts, announce, apply_facts, create, update_facts, withdraw_announcement
from elus.meetings.actions.items import ItemContent, update_item

__all__ = [
    "Agenda",
    "Facts",
    "ItemContent",
    "add_item",
    "announce",
    "apply_facts",
    "copy",
    "count",
    "create",
    "move_item",
    "paste_agenda",
    "remove_item",
    "restore_item",
    "update_facts",
    "update_item",
    "withdraw_announcement",
]
