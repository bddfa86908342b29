"""The demo course as a document, read from the files beside this module, and the slides of its one video."""

from pathlib import Path

from core.course_document import CourseDocument
from core.course_files import unpack
from ops.demo.lecture.slides import Slide

FOLDER = Path(__file__).parent / "content"
VIDEO = "latency-throughput-and-queues.mp4"
"""The name that the document has for the lecture's file."""
VIDEO_TITLE = "Latency, throughput and queues"
SLIDE_S = 8.0
"""The questions that are asked while it plays come at ends of slides."""

LECTURE = (
    Slide(
        VIDEO_TITLE,
        ("Latency: how long one request takes", "Throughput: how many are done a second", "A queue: where work waits its turn"),
    ),
    Slide(
        "Little's law",
        ("In the system = arrival rate x time", "200 a second x 0.25 s = 50 at once", "40 workers can't keep up"),
    ),
    Slide(
        "Why busy systems are slow",
        ("Time = service time / what is left", "90 % busy: ten times as long", "95 % busy: twenty times as long"),
    ),
    Slide("What to do about it", ("Measure the busiest minute", "Keep some capacity free", "Bound queues, refuse early")),
)


def read_course() -> CourseDocument:
    """The whole course."""
    paths = sorted(path for path in FOLDER.rglob("*") if path.suffix in {".json", ".md"})
    return unpack({path.relative_to(FOLDER).as_posix(): path.read_bytes() for path in paths})
