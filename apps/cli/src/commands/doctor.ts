import { reachableServers } from '@trii/stack';
import { z } from 'zod';
import { type CommandContext, commandOf } from '../command.ts';
import { databaseChecks } from '../doctor/database-checks.ts';
import { type Check, failed, type Finding, messageOf } from '../doctor/finding.ts';
import { machineChecks } from '../doctor/machine-checks.ts';
import { type ExitCode, exitCodes } from '../exit-codes.ts';
import { table } from '../output.ts';
import { DATABASE } from '../platform/platform.ts';

export const doctorCommand = () =>
  commandOf({
    name: 'doctor',
    description: 'Check this machine and the servers, and say for each trouble what mends it. Exit code 1 when something failed.',
    input: z.object({}),
    run: (_input, context) => doctor(context),
  });

const MARKS: Readonly<Record<Finding['state'], string>> = { ok: '✓', 'not checked': '·', warning: '!', failed: '✗' };

async function doctor({ output, folder }: CommandContext): Promise<ExitCode> {
  const checks = [...machineChecks(folder), ...databaseChecks(reachableServers(folder, DATABASE))];
  const findings: { title: string; finding: Finding }[] = [];
  for (const check of checks) findings.push({ title: check.title, finding: await settle(check) });
  const lines = table(findings.map(({ title, finding }) => [`${MARKS[finding.state]} ${title}`, finding.detail]));
  output.result(
    findings.map(({ title, finding }) => ({ title, ...finding })),
    findings.flatMap(({ finding }, index) => [lines[index] ?? '', ...('mend' in finding ? [`    mend: ${finding.mend}`] : [])]),
  );
  return findings.some(({ finding }) => finding.state === 'failed') ? exitCodes.failed : exitCodes.ok;
}

async function settle(check: Check): Promise<Finding> {
  try {
    return await check.run();
  } catch (error) {
    return failed(messageOf(error), 'see docs/OPERATIONS.md, or start afresh with "trii down" and "npm start"');
  }
}
