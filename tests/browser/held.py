"""Holds a video's late chunks back, so that its playlists grow when the test wants it, not when the encoder is ready."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.sql import run_sql

FIRST_HELD = 3
"""The chunk from which on the encoder waits: those before are 12 s."""

# The rows are what the pipeline adds, only due tomorrow: nothing of the platform knows of the test.
_HOLD = f"""
CREATE FUNCTION hold_late_chunk() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.payload->>'chunk')::int >= {FIRST_HELD} THEN NEW.run_at := now() + interval '1 day'; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER hold_late_chunks BEFORE INSERT ON jobs FOR EACH ROW
    WHEN (NEW.kind = 'media.encode_chunk') EXECUTE FUNCTION hold_late_chunk();
"""
_RELEASE = """
DROP TRIGGER hold_late_chunks ON jobs;
DROP FUNCTION hold_late_chunk();
UPDATE jobs SET run_at = now()
    WHERE kind = 'media.encode_chunk' AND state IN ('waiting', 'available', 'retryable') AND run_at > now();
"""


class HeldChunks:
    """Late chunks of videos that are inspected meanwhile wait until `release`."""

    def __init__(self, database_url: str) -> None:
        self._database_url = database_url
        self._held = False

    def hold(self) -> None:
        """From now on late chunks wait."""
        run_sql(self._database_url, _HOLD)
        self._held = True

    def release(self) -> None:
        """Let them go; a second call does nothing."""
        if self._held:
            self._held = False
            run_sql(self._database_url, _RELEASE)


@contextmanager
def held_chunks(database_url: str) -> Iterator[HeldChunks]:
    """Hold late chunks back until they are released, at the latest when the block ends."""
    held = HeldChunks(database_url)
    held.hold()
    try:
        yield held
    finally:
        held.release()
