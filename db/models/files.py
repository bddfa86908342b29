"""Files of lessons: documents, pictures, archives and text that learners get besides video."""

from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.models.base import Base, CreatedAt, Id, Moment


class File(Base):
    """An uploaded file; nobody gets it before a job has looked at what it really is."""

    __tablename__ = "files"
    id: Mapped[Id]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    course_id: Mapped[UUID | None] = mapped_column(ForeignKey("courses.id", ondelete="SET NULL"), index=True)
    """The course whose learners may have it; None: its owner alone."""
    filename: Mapped[str] = mapped_column(String(255))
    state: Mapped[str] = mapped_column(String(12), server_default="uploading")
    media_type: Mapped[str | None] = mapped_column(String(100))
    """By content, not by name; known once it is ready."""
    size: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    key: Mapped[str | None] = mapped_column(Text)
    """Storage key of what is delivered."""
    inline: Mapped[bool] = mapped_column(server_default="false")
    """Browsers may show it in place; all else is only ever saved."""
    failure_code: Mapped[str | None] = mapped_column(String(80))
    failure_message: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
    uploaded_at: Mapped[Moment | None]
    ready_at: Mapped[Moment | None]

    __table_args__ = (
        CheckConstraint("state IN ('uploading','checking','ready','refused')", name="known_state"),
        CheckConstraint("(state = 'ready') = (ready_at IS NOT NULL)", name="ready_has_time"),
        CheckConstraint("(state = 'refused') = (failure_code IS NOT NULL)", name="refusal_has_code"),
    )
