/** What only the visitor's clock knows: how long ago something was, and whether a page is old. */

const DAY = 86_400_000;
/** Days after which a page says its age: monitoring adds a file a day. */
const OLD = 3;

/** Whole days from an ISO day or moment until now, counted by nights in UTC. */
export function daysSince(moment, now = Date.now()) {
  return Math.floor(now / DAY) - Math.floor(Date.parse(moment) / DAY);
}

/** A number of days in words; none for what lies ahead. */
export function ago(days) {
  if (!(days >= 0)) return "";
  if (days < 2) return days ? "yesterday" : "today";
  if (days < 90) return `${days} days ago`;
  return days < 730 ? `${Math.round(days / 30.44)} months ago` : `${Math.round(days / 365.25)} years ago`;
}

/** What an old page says of itself; nothing for a young one. */
export function staleness(built, now = Date.now()) {
  const days = daysSince(built, now);
  if (!(days >= OLD)) return "";
  return `This page shows the repository as it was ${ago(days)}. What has happened since is not on it.`;
}

export function mountMoments(root, now = Date.now()) {
  for (const time of root.querySelectorAll("time[data-ago]")) {
    const words = ago(daysSince(time.dateTime, now));
    if (words) time.title = words;
  }
  for (const note of root.querySelectorAll("[data-stale]")) {
    note.textContent = staleness(note.dataset.stale, now);
    note.hidden = !note.textContent;
  }
}
