"""Removes what was captured of messages whose addressee has closed their account. Mail that was sent is out of our hands."""

from core.message_jobs import OfMessages
from gateways.mail import captured_mail
from pipelines.context import StepContext


def work(ctx: StepContext, of: OfMessages) -> None:
    """Remove the files; those that are not there were never written, or are gone already."""
    kept = captured_mail(ctx.settings)
    if kept is not None:
        for message_id in of.message_ids:
            kept.forget(message_id)
