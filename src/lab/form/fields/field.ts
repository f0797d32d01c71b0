import type { TranslationBundle } from '@jupyterlab/translation';
import type { SchedulerKind } from '../../../protocol';
import type { Written } from '../paths';

/** How a field is filled in. */
export type InputKind =
  /** One line; `code` in a typewriter's letters. */
  | 'text'
  | 'code'
  | 'number'
  | 'memory'
  | 'walltime'
  /** One of the schema's words. */
  | 'choice'
  /** Several of the schema's words. */
  | 'words'
  /** Yes or no, with the schema's default. */
  | 'switch'
  /** Yes, no, or left to Pilothouse. */
  | 'decision'
  /** One entry a line. */
  | 'lines'
  /** Lines that go byte for byte. */
  | 'block'
  /** A ClassAd expression. */
  | 'expression'
  /** Names and ClassAd values. */
  | 'attributes'
  | 'scheduler';

/** What a site can offer for a field. */
export type Offer = 'partition' | 'account' | 'qos' | 'constraint' | 'gres';

export interface IField {
  /** In the profile, as `pilot.cores`. */
  readonly path: string;
  readonly label: string;
  readonly input: InputKind;
  /** A value that could stand there. */
  readonly example?: string;
  readonly offer?: Offer;
  /** The number counts these. */
  readonly unit?: 'seconds' | 'days';
}

export interface ISection {
  readonly id: SectionId;
  readonly title: string;
  readonly fields: readonly IField[];
  /** What the section says, in a line, so that it need not be open. */
  readonly summary: string;
}
export type SectionId =
  'where' | 'scheduler' | 'project' | 'pilot' | 'environment' | 'scaling' | 'uplink' | 'else';

/** What a section is made of: texts, the profile as it stands, its scheduler. */
export interface IFieldContext {
  readonly trans: TranslationBundle;
  readonly written: Written;
  readonly kind: SchedulerKind;
}
