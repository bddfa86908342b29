"""What the platform has said to people: mail, later more."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, Json, Moment


class Message(Base):
    """One message to one person; a job sends it."""

    __tablename__ = "messages"
    id: Mapped[Id]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"), index=True)
    channel: Mapped[str] = mapped_column(String(8), server_default="mail")
    recipient: Mapped[str] = mapped_column(String(254))
    template: Mapped[str] = mapped_column(String(40))
    data: Mapped[Json]
    """What the template is filled with. Secrets in it (links) are removed once it is sent."""
    unique_key: Mapped[str | None] = mapped_column(String(200))
    """The same message is not said twice."""
    state: Mapped[str] = mapped_column(String(8), server_default="queued")
    provider_id: Mapped[str | None] = mapped_column(Text)
    """What the gateway calls it; the Message-ID of a mail."""
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
    sent_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint("channel IN ('mail')", name="known_channel"),
        CheckConstraint("state IN ('queued','sent','failed')", name="known_state"),
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_time"),
        Index("uq_messages_unique_key", "unique_key", unique=True, postgresql_where=text("unique_key IS NOT NULL")),
    )
