"""How the states of long work look."""

from cqms.jobs.models import JobState
from cqms.ui.atoms import Badge

BADGES = {
    JobState.QUEUED: Badge("Waiting", "neutral"),
    JobState.RUNNING: Badge("Running", "progress"),
    JobState.DONE: Badge("Ready", "good"),
    JobState.FAILED: Badge("Not done", "bad"),
}
