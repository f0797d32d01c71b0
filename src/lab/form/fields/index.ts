import type { TranslationBundle } from '@jupyterlab/translation';
import { kindOf } from '../checks';
import type { Written } from '../paths';
import { elseSection } from './else';
import { environmentSection } from './environment';
import type { IField, ISection } from './field';
import { pilotSection } from './pilot';
import { projectSection } from './project';
import { scalingSection } from './scaling';
import { schedulerSection } from './scheduler';
import { uplinkSection } from './uplink';
import { whereSection } from './where';

export type * from './field';
export { schedulerName } from './scheduler';

/** What a place is called. */
export function nameFields(trans: TranslationBundle): IField[] {
  return [
    { path: 'name', label: trans.__('Name'), input: 'code' },
    { path: 'title', label: trans.__('Title'), input: 'text', example: 'OSPool' }
  ];
}

/** The sections of the form, in their order, for a profile as it stands. */
export function sectionsOf(trans: TranslationBundle, written: Written): ISection[] {
  const context = { trans, written, kind: kindOf(written) };
  const sections = [
    whereSection(context),
    schedulerSection(context),
    projectSection(context),
    pilotSection(context),
    environmentSection(context),
    scalingSection(context),
    uplinkSection(context),
    elseSection(context)
  ];
  // A job's name is all that this computer could ask there.
  return context.kind === 'local' ? sections.filter(({ id }) => id !== 'project') : sections;
}

/** The field that a problem or a line of a file belongs to; null: the form has none. */
export function fieldFor(
  trans: TranslationBundle,
  written: Written,
  path: string
): { field: IField; section: ISection | null } | null {
  const belongs = ({ path: own }: IField): boolean => path === own || path.startsWith(`${own}.`);
  const head = nameFields(trans).find(belongs);
  if (head !== undefined) {
    return { field: head, section: null };
  }
  for (const section of sectionsOf(trans, written)) {
    const field = section.fields.find(belongs);
    if (field !== undefined) {
      return { field, section };
    }
  }
  return null;
}
