"""Service orders: who is asked, what was asked and answered, by whom, and by when."""

from tickets.models.departments import ClosedDay, Department, Member, SlaTarget
from tickets.models.entries import Attachment, Draft, Entry, EntryText, Event, Seen
from tickets.models.mailboxes import IncomingMail, Mailbox
from tickets.models.participants import Participant
from tickets.models.queues import AgentSettings, CannedReply, DayFigures, SavedQueue
from tickets.models.removed import RemovedTicket
from tickets.models.tickets import SERVICE, Ticket, may_see_all
from tickets.models.topics import Topic, TopicField

__all__ = [
    "SERVICE",
    "AgentSettings",
    "Attachment",
    "CannedReply",
    "ClosedDay",
    "DayFigures",
    "Department",
    "Draft",
    "Entry",
    "EntryText",
    "Event",
    "IncomingMail",
    "Mailbox",
    "Member",
    "Participant",
    "RemovedTicket",
    "SavedQueue",
    "Seen",
    "SlaTarget",
    "Ticket",
    "Topic",
    "TopicField",
    "may_see_all",
]
