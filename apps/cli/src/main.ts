#!/usr/bin/env bun
import { CommanderError, Command } from 'commander';
import { accrualsCommand } from './commands/accruals.ts';
import { actionCommand } from './commands/action.ts';
import { apiKeyCommand } from './commands/api-key.ts';
import { auditCommand } from './commands/audit.ts';
import { benchCommand } from './commands/bench.ts';
import { cashCommand } from './commands/cash.ts';
import { doctorCommand } from './commands/doctor.ts';
import { downCommand } from './commands/down.ts';
import { holdCommand } from './commands/hold.ts';
import { importCommand } from './commands/import-bars.ts';
import { instrumentCommand } from './commands/instrument.ts';
import { jobCommand } from './commands/job.ts';
import { keysCommand } from './commands/keys.ts';
import { kycCommand } from './commands/kyc.ts';
import { ledgerCommand } from './commands/ledger.ts';
import { mailCommand } from './commands/mail.ts';
import { migrateCommand } from './commands/migrate.ts';
import { monitorCommand } from './commands/monitor.ts';
import { personCommand } from './commands/person.ts';
import { portfolioCommand } from './commands/portfolio.ts';
import { ratesCommand } from './commands/rates.ts';
import { scaleCommand } from './commands/scale.ts';
import { seedCommand } from './commands/seed.ts';
import { statusCommand } from './commands/status.ts';
import { upCommand } from './commands/up.ts';
import { exitCodes } from './exit-codes.ts';

const program = new Command('trii')
  .description('The TRII platform on this machine: start it, look at it, work with its data.')
  .helpOption('-h, --help', 'show what a command does and takes')
  .showHelpAfterError('(see "trii --help")');

for (const command of [
  upCommand,
  downCommand,
  statusCommand,
  doctorCommand,
  migrateCommand,
  seedCommand,
  instrumentCommand,
  actionCommand,
  importCommand,
  ratesCommand,
  jobCommand,
  monitorCommand,
  portfolioCommand,
  apiKeyCommand,
  auditCommand,
  personCommand,
  kycCommand,
  mailCommand,
  keysCommand,
  ledgerCommand,
  cashCommand,
  accrualsCommand,
  holdCommand,
  benchCommand,
  scaleCommand,
])
  program.addCommand(command());
for (const command of [program, ...program.commands, ...program.commands.flatMap((group) => group.commands)]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  // Commander has printed the help or what is wrong with the arguments.
  process.exitCode = error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
}
