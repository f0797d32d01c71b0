import type { TranslationBundle } from '@jupyterlab/translation';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** How long ago or for how long, at a glance: `40 s`, `3 m`, `2 h 5 m`, `1 d 3 h`. */
export function age(trans: TranslationBundle, ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < MINUTE_MS) {
    return trans.__('%1 s', Math.floor(whole / SECOND_MS));
  }
  if (whole < HOUR_MS) {
    return trans.__('%1 m', Math.floor(whole / MINUTE_MS));
  }
  const [hours, minutes] = split(whole, HOUR_MS, MINUTE_MS);
  if (whole < DAY_MS) {
    return minutes > 0 ? trans.__('%1 h %2 m', hours, minutes) : trans.__('%1 h', hours);
  }
  const [days, rest] = split(whole, DAY_MS, HOUR_MS);
  return rest > 0 ? trans.__('%1 d %2 h', days, rest) : trans.__('%1 d', days);
}

/** How long something took: as `age`, but minutes with their seconds: `1 m 12 s`. */
export function elapsed(trans: TranslationBundle, ms: number): string {
  const whole = Math.max(0, ms);
  if (whole >= MINUTE_MS && whole < HOUR_MS) {
    const [minutes, seconds] = split(whole, MINUTE_MS, SECOND_MS);
    return seconds > 0 ? trans.__('%1 m %2 s', minutes, seconds) : trans.__('%1 m', minutes);
  }
  return age(trans, whole);
}

/** As `elapsed`, for one task: under ten seconds with one decimal, under a tenth in ms. */
export function took(trans: TranslationBundle, ms: number): string {
  if (ms < 100) {
    return trans.__('%1 ms', Math.max(0, Math.round(ms)));
  }
  if (ms < 10 * SECOND_MS) {
    return trans.__('%1 s', count(Math.round(ms / 100) / 10));
  }
  return elapsed(trans, ms);
}

/** How much is left, as a clock shows it: `1:52`, `0:09`; never less than nothing. */
export function countdown(leftMs: number): string {
  const seconds = Math.max(0, Math.ceil(leftMs / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}

/** The exact time, for a tooltip or a screen reader. */
export function moment(epochMs: number): string {
  return new Intl.DateTimeFormat(language(), {
    dateStyle: 'medium',
    timeStyle: 'medium'
  }).format(epochMs);
}

/** A date without its time. */
export function day(epochMs: number): string {
  return new Intl.DateTimeFormat(language(), { dateStyle: 'medium' }).format(epochMs);
}

/** A number with separators. */
export function count(value: number): string {
  return new Intl.NumberFormat(language()).format(value);
}

/** An amount of memory: `512 MiB`, `1.5 GiB`. */
export function memory(trans: TranslationBundle, memoryMiB: number): string {
  return memoryMiB < 1024
    ? trans.__('%1 MiB', count(memoryMiB))
    : trans.__('%1 GiB', count(Math.round((memoryMiB / 1024) * 10) / 10));
}

/** The size of a file: `340 bytes`, `12 KiB`, `1.5 MiB`. */
export function bytes(trans: TranslationBundle, size: number): string {
  if (size < 1024) {
    return trans._n('1 byte', '%1 bytes', size);
  }
  return size < 1024 * 1024
    ? trans.__('%1 KiB', count(Math.round(size / 1024)))
    : trans.__('%1 MiB', count(Math.round((size / 1024 / 1024) * 10) / 10));
}

function split(ms: number, largeMs: number, smallMs: number): [number, number] {
  return [Math.floor(ms / largeMs), Math.floor((ms % largeMs) / smallMs)];
}

/** The page's language, which JupyterLab sets. */
function language(): string {
  return document.documentElement.lang || 'en';
}
