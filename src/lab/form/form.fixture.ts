import { fireEvent, screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { ProfileDocument } from '.';
import type { Start } from '.';
import { Profile } from '../../protocol';
import type { Result, SiteLimits, SubmissionPlan } from '../../protocol';
import { aPool, NOW_MS, Stage } from '../testing';

export const SITE = 'Site';
export const OSPOOL = 'OSPool';
const PLAN: SubmissionPlan = {
  files: [
    {
      path: 'pilot.sh',
      language: 'shell',
      lines: [
        { text: '#!/bin/sh', field: null },
        { text: '#SBATCH --partition=general', field: 'scheduler.partition' },
        { text: '#SBATCH --time=04:00:00', field: 'pilot.walltime' }
      ]
    }
  ],
  others: [{ path: 'agent.pyz', what: 'the agent' }],
  commands: ['sbatch --parsable --job-name=SUBMISSION pilot.sh']
};

const general: SiteLimits['partitions'][number] = {
  name: 'general',
  isDefault: true,
  up: true,
  maxSeconds: 7 * 86_400,
  defaultSeconds: null,
  nodes: 2,
  coresPerNode: 64,
  memoryMiBPerNode: 8000,
  gres: [],
  features: [],
  accounts: null,
  qos: null,
  allowed: true,
  why: null
};
export const LIMITS: SiteLimits = {
  scheduler: 'Slurm',
  version: '22.05.8',
  partitions: [
    general,
    {
      ...general,
      name: 'grand',
      isDefault: false,
      allowed: false,
      why: 'Only grand-users may run there.'
    }
  ],
  accounts: null,
  qos: null,
  maxArray: 10_001,
  maxSubmit: null,
  atMs: NOW_MS
};

/** What a check says that finds nothing. */
export const NOTHING_FOUND: Result<'profiles.check'> = {
  problems: [],
  understood: [],
  dryRun: null
};

export const user = userEvent.setup();

export const field = (name: string | RegExp): HTMLInputElement =>
  screen.getByLabelText(name, { selector: 'input, select, textarea' });
export const section = (name: string): HTMLElement => screen.getByRole('region', { name });
export const openSection = async (name: string): Promise<void> => {
  const head = within(section(name)).getAllByRole('button')[0];
  if (head.getAttribute('aria-expanded') === 'false') {
    await user.click(head);
  }
};
export const button = (name: string | RegExp): HTMLButtonElement =>
  screen.getByRole('button', { name });

/** A form and the bridge that answers it: there are this computer and `ospool`, and a Slurm with two partitions. */
export class TestForm extends Stage {
  constructor() {
    super(0);
    const { answers } = this.door;
    answers.set('profiles.script', () => PLAN);
    answers.set('profiles.check', () => NOTHING_FOUND);
    answers.set('profiles.limits', () => LIMITS);
    answers.set('profiles.save', params => Profile.parse((params as { profile: unknown }).profile));
    this.door.snapshot({ pools: [aPool(), aPool({ pool: 'ospool', title: OSPOOL })] });
  }

  /** The form that was opened last. */
  shown!: ProfileDocument;

  async open(start: Start): Promise<void> {
    this.shown = new ProfileDocument(this.surroundings, start);
    this.attach(this.shown);
    await this.draw();
    await this.pause();
  }

  /** Opens the place `site`, which is written so. */
  async edit(
    profile: Record<string, unknown>,
    options: { readOnly?: boolean; field?: string } = {}
  ): Promise<void> {
    this.door.answers.set('profiles.read', () => ({
      profile,
      source: '/home/ada/site.json',
      readOnly: options.readOnly ?? false
    }));
    await this.open({ kind: 'edit', name: 'site', field: options.field ?? null });
  }

  /** Until after the pause that follows the last key. */
  pause(): Promise<void> {
    return this.draw(1000);
  }

  async type(name: string | RegExp, text: string): Promise<void> {
    fireEvent.focus(field(name));
    fireEvent.change(field(name), { target: { value: text } });
    await this.draw();
  }

  /** The params of the last call of a method. */
  lastAsked(method: string): Record<string, unknown> {
    return this.door.asked.filter(one => one.method === method).at(-1)?.params as Record<
      string,
      unknown
    >;
  }

  end(): void {
    this.leave();
  }
}
