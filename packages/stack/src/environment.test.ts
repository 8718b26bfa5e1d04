import { describe, expect, it } from 'vitest';
import { askedPort, givenServers, partEnvironment, serverVariables } from './environment.ts';

const six = Object.fromEntries(serverVariables.map((name) => [name, `url of ${name}`]));

describe('given servers', () => {
  it('are none when no variable is set, or all are empty', () => {
    expect(givenServers({ HOME: '/x' })).toBeUndefined();
    expect(givenServers(Object.fromEntries(serverVariables.map((name) => [name, ''])))).toBeUndefined();
  });

  it('are all six together', () => {
    expect(givenServers({ ...six, HOME: '/x' })).toEqual(six);
  });

  it('are refused when some are missing, by their names', () => {
    const { REDIS_CACHE_URL: _, ...five } = six;
    expect(() => givenServers(five)).toThrow(
      expect.objectContaining({ code: 'SERVERS_INCOMPLETE', details: { missing: ['REDIS_CACHE_URL'] } }),
    );
  });
});

describe('the environment of a part', () => {
  const servers = givenServers(six);
  if (servers === undefined) throw new Error('six variables are six servers');

  it('keeps the user’s variables and drops what npm added', () => {
    const made = partEnvironment(
      { servers, fallback: {}, own: {} },
      { LANG: 'es_CO.UTF-8', npm_config_prefix: '/x', npm_lifecycle_event: 'start' },
    );
    expect(made).toEqual({ LANG: 'es_CO.UTF-8', ...six });
  });

  it('falls back to a kept setting only where the user gives none', () => {
    const fallback = { PASSWORD_PEPPER: 'kept' };
    expect(partEnvironment({ servers, fallback, own: {} }, {})['PASSWORD_PEPPER']).toBe('kept');
    expect(partEnvironment({ servers, fallback, own: {} }, { PASSWORD_PEPPER: 'given' })['PASSWORD_PEPPER']).toBe('given');
  });

  it('does not hand our own lifeline on, unless the part gets one', () => {
    const inherited = { TRII_LIFELINE: 'stdin' };
    expect(partEnvironment({ servers, fallback: {}, own: {} }, inherited)).not.toHaveProperty('TRII_LIFELINE');
    expect(partEnvironment({ servers, fallback: {}, own: { TRII_LIFELINE: 'stdin' } }, inherited)['TRII_LIFELINE']).toBe('stdin');
  });
});

describe('an asked port', () => {
  it('is the number in the variable, or none', () => {
    expect(askedPort('api', { API_PORT: '8080' })).toBe(8080);
    expect(askedPort('workers', { API_PORT: '8080' })).toBeUndefined();
  });

  it.each(['http', '0', '65536', '80.5'])('%s is refused', (text) => {
    expect(() => askedPort('api', { API_PORT: text })).toThrow(expect.objectContaining({ code: 'PORT_INVALID' }));
  });
});
