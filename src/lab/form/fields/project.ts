import type { TranslationBundle } from '@jupyterlab/translation';
import { textAt } from '../paths';
import type { IField, IFieldContext, ISection } from './field';

/** Who is charged and on which machines: what the two schedulers ask in their own words. */
export function projectSection({ trans, written, kind }: IFieldContext): ISection {
  const fields =
    kind === 'slurm' ? slurmFields(trans) : kind === 'htcondor' ? condorFields(trans) : [];
  const jobName: IField = {
    path: 'jobName',
    label: trans.__('Job name'),
    input: 'code',
    example: 'pilothouse'
  };
  const told =
    kind === 'slurm'
      ? ['account', 'partition', 'qos', 'constraint', 'gres', 'reservation']
      : ['projectName', 'requirements', 'jobDurationCategory', 'containerImage'];
  const said = told.map(name => textAt(written, `scheduler.${name}`)).filter(text => text !== '');
  return {
    id: 'project',
    title: trans.__('Project'),
    summary: said.length > 0 ? said.join(' · ') : trans.__('the site’s defaults'),
    fields: [...fields, jobName]
  };
}

function slurmFields(trans: TranslationBundle): IField[] {
  return [
    {
      path: 'scheduler.account',
      label: trans.__('Account'),
      input: 'code',
      offer: 'account',
      example: 'physics'
    },
    {
      path: 'scheduler.partition',
      label: trans.__('Partition'),
      input: 'code',
      offer: 'partition',
      example: 'general'
    },
    {
      path: 'scheduler.qos',
      label: trans.__('QOS'),
      input: 'code',
      offer: 'qos',
      example: 'normal'
    },
    {
      path: 'scheduler.constraint',
      label: trans.__('Constraint'),
      input: 'code',
      offer: 'constraint'
    },
    { path: 'scheduler.gres', label: trans.__('GRES'), input: 'code', offer: 'gres' },
    {
      path: 'scheduler.reservation',
      label: trans.__('Reservation'),
      input: 'code',
      example: 'workshop'
    },
    { path: 'scheduler.exclusive', label: trans.__('Whole nodes'), input: 'switch' },
    {
      path: 'scheduler.mailUser',
      label: trans.__('Mail to'),
      input: 'code',
      example: 'alice@example.org'
    },
    { path: 'scheduler.mailType', label: trans.__('Mail when'), input: 'words' }
  ];
}

function condorFields(trans: TranslationBundle): IField[] {
  return [
    {
      path: 'scheduler.projectName',
      label: trans.__('Project name'),
      input: 'code',
      example: 'MyUniversity_Physics'
    },
    {
      path: 'scheduler.requirements',
      label: trans.__('Requirements'),
      input: 'expression',
      example: 'OSGVO_OS_STRING == "RHEL 9" && HAS_SINGULARITY =?= True'
    },
    {
      path: 'scheduler.tellsPorts',
      label: trans.__('Machines tell ports'),
      input: 'switch'
    },
    {
      path: 'scheduler.containerImage',
      label: trans.__('Container image'),
      input: 'code',
      example: 'osdf:///ospool/ap40/data/alice/python.sif'
    },
    {
      path: 'scheduler.jobDurationCategory',
      label: trans.__('Job duration category'),
      input: 'choice'
    },
    { path: 'scheduler.notification', label: trans.__('Mail when'), input: 'choice' },
    {
      path: 'scheduler.notifyUser',
      label: trans.__('Mail to'),
      input: 'code',
      example: 'alice@example.org'
    }
  ];
}
