/** Pixels that count as none: a browser rounds where it has scrolled to. */
const SLACK_PX = 4;

/** Whether the end of what scrolls is in sight: what is added there is to stay in sight, too. */
export function isAtEnd({ scrollTop, clientHeight, scrollHeight }: HTMLElement): boolean {
  return scrollTop + clientHeight >= scrollHeight - SLACK_PX;
}
