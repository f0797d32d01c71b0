import { METHODS } from './methods';
import { protocolSchemas } from './schemas';

describe('the contract as JSON Schema', () => {
  const schemas = protocolSchemas();

  it('survives JSON, and has every method', () => {
    expect(JSON.parse(JSON.stringify(schemas))).toEqual(schemas);
    expect(Object.keys(schemas.methods)).toEqual(Object.keys(METHODS));
    expect(schemas.methods['bridge.stop'].roles).toEqual(['command']);
  });

  it('lets what is received leave out what has a default, and not what is sent', () => {
    expect(schemas.profile).toMatchObject({ required: ['name'], additionalProperties: false });
    expect(schemas.methods['profiles.get'].result.required).toContain('scaling');
  });

  it('says of ids what they may be', () => {
    expect(schemas.agentMethods['agent.hello'].params).toMatchObject({
      properties: { pilot: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' } }
    });
  });

  it('carries limits and times', () => {
    expect(schemas.limits.tasksPerReport).toBe(5000);
    expect(schemas.times.changesEveryMs).toBe(25);
  });
});
