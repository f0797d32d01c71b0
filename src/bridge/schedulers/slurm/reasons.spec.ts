import { WHYS } from '../../../protocol';
import { problemOf } from './dryRun';
import { isHold, reasonName, whyOf } from './reasons';

describe('reasons', () => {
  /** All that Slurm 22.05 to 26.05 name (slurm/src/common, job_state_reason.c and before it job_reason_string). */
  const NAMES =
    `AccountNotAllowed AccountingPolicy AssocGrpBB AssocGrpBBMinutes AssocGrpBBRunMinutes
    AssocGrpBilling AssocGrpBillingMinutes AssocGrpBillingRunMinutes AssocGrpCPUMinutesLimit
    AssocGrpCPURunMinutesLimit AssocGrpCpuLimit AssocGrpEnergy AssocGrpEnergyMinutes
    AssocGrpEnergyRunMinutes AssocGrpGRES AssocGrpGRESMinutes AssocGrpGRESRunMinutes
    AssocGrpJobsLimit AssocGrpLicense AssocGrpLicenseMinutes AssocGrpLicenseRunMinutes
    AssocGrpMemLimit AssocGrpMemMinutes AssocGrpMemRunMinutes AssocGrpNodeLimit AssocGrpNodeMinutes
    AssocGrpNodeRunMinutes AssocGrpSubmitJobsLimit AssocGrpUnknown AssocGrpUnknownMinutes
    AssocGrpUnknownRunMinutes AssocGrpWallLimit AssocMaxBBMinutesPerJob AssocMaxBBPerJob
    AssocMaxBBPerNode AssocMaxBillingMinutesPerJob AssocMaxBillingPerJob AssocMaxBillingPerNode
    AssocMaxCpuMinutesPerJobLimit AssocMaxCpuPerJobLimit AssocMaxCpuPerNode
    AssocMaxEnergyMinutesPerJob AssocMaxEnergyPerJob AssocMaxEnergyPerNode
    AssocMaxGRESMinutesPerJob AssocMaxGRESPerJob AssocMaxGRESPerNode AssocMaxJobsLimit
    AssocMaxLicenseMinutesPerJob AssocMaxLicensePerJob AssocMaxMemMinutesPerJob AssocMaxMemPerJob
    AssocMaxMemPerNode AssocMaxNodeMinutesPerJob AssocMaxNodePerJobLimit AssocMaxSubmitJobLimit
    AssocMaxUnknownMinutesPerJob AssocMaxUnknownPerJob AssocMaxUnknownPerNode
    AssocMaxWallDurationPerJobLimit AssociationJobLimit AssociationResourceLimit
    AssociationTimeLimit BadConstraints BeginTime BlockFreeAction BlockMaxError
    BurstBufferOperation BurstBufferResources BurstBufferStageIn Cleaning Constraints DeadLine
    Dependency DependencyNeverSatisfied FedJobLock FrontEndDown InactiveLimit InvalidAccount
    InvalidQOS InvalidReason JobArrayTaskLimit JobHeldAdmin JobHeldUser JobHoldMaxRequeue
    JobLaunchFailure Licenses MaxBBPerAccount MaxBBRunMinsPerAccount MaxBBRunMinsPerUser
    MaxBillingPerAccount MaxBillingRunMinsPerAccount MaxBillingRunMinsPerUser MaxCpuPerAccount
    MaxCpuRunMinsPerAccount MaxCpuRunMinsPerUser MaxEnergyPerAccount MaxEnergyRunMinsPerAccount
    MaxEnergyRunMinsPerUser MaxGRESPerAccount MaxGRESRunMinsPerAccount MaxGRESRunMinsPerUser
    MaxJobsPerAccount MaxLicensePerAccount MaxLicenseRunMinsPerAccount MaxLicenseRunMinsPerUser
    MaxMemPerLimit MaxMemoryPerAccount MaxMemoryRunMinsPerAccount MaxMemoryRunMinsPerUser
    MaxNodePerAccount MaxNodeRunMinsPerAccount MaxNodeRunMinsPerUser MaxPoweredUpNodes
    MaxSubmitJobsPerAccount MaxUnknownPerAccount MaxUnknownRunMinsPerAccount
    MaxUnknownRunMinsPerUser MpiPortsBusy NodeDown NonZeroExitCode None NvidiaImexChannels
    OutOfMemory PartitionConfig PartitionDown PartitionInactive PartitionNodeLimit
    PartitionTimeLimit PowerNotAvail PowerReserved Priority Prolog QOSGrpBB QOSGrpBBMinutes
    QOSGrpBBRunMinutes QOSGrpBilling QOSGrpBillingMinutes QOSGrpBillingRunMinutes
    QOSGrpCPUMinutesLimit QOSGrpCPURunMinutesLimit QOSGrpCpuLimit QOSGrpEnergy QOSGrpEnergyMinutes
    QOSGrpEnergyRunMinutes QOSGrpGRES QOSGrpGRESMinutes QOSGrpGRESRunMinutes QOSGrpJobsLimit
    QOSGrpLicense QOSGrpLicenseMinutes QOSGrpLicenseRunMinutes QOSGrpMemLimit QOSGrpMemoryMinutes
    QOSGrpMemoryRunMinutes QOSGrpNodeLimit QOSGrpNodeMinutes QOSGrpNodeRunMinutes
    QOSGrpSubmitJobsLimit QOSGrpUnknown QOSGrpUnknownMinutes QOSGrpUnknownRunMinutes
    QOSGrpWallLimit QOSJobLimit QOSMaxBBPerJob QOSMaxBBPerNode QOSMaxBBPerUser
    QOSMaxBillingMinutesPerJob QOSMaxBillingPerJob QOSMaxBillingPerNode QOSMaxBillingPerUser
    QOSMaxCpuMinutesPerJobLimit QOSMaxCpuPerJobLimit QOSMaxCpuPerNode QOSMaxCpuPerUserLimit
    QOSMaxEnergyMinutesPerJob QOSMaxEnergyPerJob QOSMaxEnergyPerNode QOSMaxEnergyPerUser
    QOSMaxGRESMinutesPerJob QOSMaxGRESPerJob QOSMaxGRESPerNode QOSMaxGRESPerUser
    QOSMaxJobsPerUserLimit QOSMaxLicenseMinutesPerJob QOSMaxLicensePerJob QOSMaxLicensePerUser
    QOSMaxMemoryMinutesPerJob QOSMaxMemoryPerJob QOSMaxMemoryPerNode QOSMaxMemoryPerUser
    QOSMaxNodeMinutesPerJob QOSMaxNodePerJobLimit QOSMaxNodePerUserLimit
    QOSMaxSubmitJobPerUserLimit QOSMaxUnknownMinutesPerJob QOSMaxUnknownPerJob QOSMaxUnknownPerNode
    QOSMaxUnknownPerUser QOSMaxWallDurationPerJobLimit QOSMinBB QOSMinBilling QOSMinCpuNotSatisfied
    QOSMinEnergy QOSMinGRES QOSMinLicense QOSMinMemory QOSMinNode QOSMinUnknown QOSNotAllowed
    QOSResourceLimit QOSTimeLimit QOSUsageThreshold RaisedSignal ReqNodeNotAvail Reservation
    ReservationDeleted ReservationInvalid Resources SchedDefer SystemFailure TimeLimit`.split(
      /\s+/
    );

  it.each(NAMES)('%s has a sentence', name => {
    const why = whyOf(name, 'words');
    expect(why.code).toBe(`slurm.${name}`);
    const { title, says } = WHYS[why.code];
    expect(title).toMatch(/^\S.{3,60}$/);
    expect(title).not.toMatch(/\.$/);
    expect(says).toMatch(/^[A-Z].*\.$/);
    expect(why.actions.length).toBeLessThanOrEqual(5);
  });

  it('say whether waiting helps', () => {
    const actions = (name: string) => whyOf(name, '').actions.map(({ kind }) => kind);
    expect(actions('AssocGrpCpuLimit')[0]).toBe('wait');
    expect(actions('QOSMaxCpuPerUserLimit')[0]).toBe('wait');
    expect(actions('QOSMaxMemoryPerJob')).not.toContain('wait');
    expect(WHYS['slurm.QOSMaxMemoryPerJob'].helps).toMatch(/will not start/);
    expect(whyOf('AssocMaxCpuPerJobLimit', '').actions).toContainEqual({
      kind: 'edit',
      field: 'pilot.cores'
    });
  });

  it.each([
    ['(null)', ''],
    ['Nodes required for job are DOWN, DRAINED or reserved for x', 'NodesUnavailable'],
    ["Job's account not permitted to use this partition (grand allows a)", 'AccountNotAllowed'],
    ['Reservation r, which this job was running under, has ended', 'ReservationDeleted'],
    ['JobHeldUser,Priority', 'JobHeldUser']
  ])('%s', (text, name) => {
    expect(reasonName(text)).toBe(name);
    expect(isHold(name)).toBe(name === 'JobHeldUser');
  });
});

describe('refusals', () => {
  it.each([
    [
      'sbatch: error: invalid partition specified: nope\nallocation failure: Invalid partition name specified',
      'scheduler.partition'
    ],
    [
      'sbatch: error: Memory specification can not be satisfied\nallocation failure: Requested node configuration is not available',
      'pilot.memoryMiB'
    ],
    ['allocation failure: Invalid feature specification', 'scheduler.constraint'],
    ['allocation failure: Requested node configuration is not available', ''],
    [
      'sbatch: error: Batch job submission failed: Invalid account or account/partition combination specified',
      'scheduler.account'
    ],
    ['sbatch: error: Batch job submission failed: Invalid qos specification', 'scheduler.qos'],
    [
      "sbatch: error: QOSMaxSubmitJobPerUserLimit\nsbatch: error: Batch job submission failed: Job violates accounting/QOS policy (job submit limit, user's size and/or time limits)",
      'scheduler.qos'
    ],
    [
      'sbatch: unrecognized option \'--badopt=1\'\nTry "sbatch --help" for more information',
      'scheduler.further'
    ],
    // A partition that the site does not have, by the name of what it would be for.
    [
      'sbatch: error: invalid partition specified: gpu\nallocation failure: Invalid partition name specified',
      'scheduler.partition'
    ],
    ['sbatch: error: invalid partition specified: bigmemory', 'scheduler.partition']
  ])('%s', (words, field) => {
    expect(problemOf(words)).toMatchObject({ field, severity: 'error' });
  });
});
