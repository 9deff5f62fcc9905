"""Tables, constraints and indexes, one file per aggregate. Importing this package knows them all."""

from app.models.account import Account, IdempotentAnswer, LoginAttempt, SignIn, WechatFollower
from app.models.claim import Claim, ClaimState
from app.models.document import Document, DocumentState
from app.models.employer import Employer
from app.models.event import Event, LegalStep
from app.models.filing import Filing, FilingState, Review, Verdict
from app.models.graduate import BaseState, Graduate
from app.models.invitation import Invitation, InvitationState
from app.models.message import Message, MessageState, SendingPause, Topic, WechatCallback
from app.models.school import College, School

__all__ = [
    "Account",
    "BaseState",
    "Claim",
    "ClaimState",
    "College",
    "Document",
    "DocumentState",
    "Employer",
    "Event",
    "Filing",
    "FilingState",
    "Graduate",
    "IdempotentAnswer",
    "Invitation",
    "InvitationState",
    "LegalStep",
    "LoginAttempt",
    "Message",
    "MessageState",
    "Review",
    "School",
    "SendingPause",
    "SignIn",
    "Topic",
    "Verdict",
    "WechatCallback",
    "WechatFollower",
]
