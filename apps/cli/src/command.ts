import { isCodedError } from '@trii/kernel';
import { chosenDataDir, type DataFolder, dataFolder } from '@trii/stack';
import { Command } from 'commander';
import { z } from 'zod';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { createOutput, type Output } from './output.ts';

export interface CommandContext {
  readonly output: Output;
  readonly folder: DataFolder;
}

export interface CommandDefinition<S extends z.ZodType> {
  readonly name: string;
  readonly description: string;
  /** Adds the command's own arguments and options. */
  readonly configure?: (command: Command) => void;
  /** What they must be: the options by their camel-case names, and `arguments` in their order. */
  readonly input: S;
  readonly run: (input: z.output<S>, context: CommandContext) => Promise<ExitCode>;
}

const Common = z.object({ json: z.boolean().default(false), dataDir: z.string().optional() });

/** One command of `trii`: --json and --data-dir as everywhere, its input parsed, its failures shown in one way. */
export function commandOf<S extends z.ZodType>(definition: CommandDefinition<S>): Command {
  const command = new Command(definition.name)
    .description(definition.description)
    .option('--json', 'print JSON, one value per line')
    .option('--data-dir <folder>', 'the data folder (default: .trii in the checkout, or TRII_DATA_DIR)')
    .showHelpAfterError(`(see "trii ${definition.name} --help")`);
  definition.configure?.(command);
  return command.action(async () => {
    const common = Common.parse(command.opts());
    const output = createOutput(common.json);
    const input = definition.input.safeParse({ ...command.opts(), arguments: command.args });
    if (!input.success) {
      output.failure('USAGE', `${z.prettifyError(input.error)}\nSee "trii ${definition.name} --help".`);
      process.exitCode = exitCodes.usage;
      return;
    }
    process.exitCode = await settle(definition, input.data, { output, folder: dataFolder(common.dataDir ?? chosenDataDir()) });
  });
}

async function settle<S extends z.ZodType>(
  definition: CommandDefinition<S>,
  input: z.output<S>,
  context: CommandContext,
): Promise<ExitCode> {
  try {
    return await definition.run(input, context);
  } catch (error) {
    report(error, context.output);
    return exitCodes.failed;
  }
}

/** An expected failure says what to do; anything else is ours to mend, so its origin is shown too. */
export function report(error: unknown, output: Output): void {
  if (isCodedError(error)) output.failure(error.code, error.message);
  else output.failure('UNEXPECTED', error instanceof Error ? (error.stack ?? error.message) : String(error));
}
