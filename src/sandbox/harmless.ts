/** A callback whose failure breaks nothing: progress is for people to watch. */
export function harmless<Event>(callback: (event: Event) => void): (event: Event) => void {
  return (event) => {
    try {
      callback(event);
    } catch {}
  };
}
