import { fields } from '@trii/contract';
import { columnRoles, type ColumnRole, DATE_FORMATS, RESOLUTIONS } from '@trii/domain';
import { DELIMITERS, type Delimiter } from '@trii/infra';
import { isTimeZone } from '@trii/kernel';
import type { Command } from 'commander';
import { z } from 'zod';

type Mapping = Partial<Record<ColumnRole, string>>;

const ROLES = columnRoles.join('|');
/** A comma parts two mappings only where another role follows: column names may have commas. */
const BETWEEN_MAPPINGS = new RegExp(`,(?=\\s*(?:${ROLES})=)`, 'i');
const MAPPING = new RegExp(`^\\s*(${ROLES})=(.+)$`, 'i');

const MappingOption = z
  .array(z.string())
  .default([])
  .transform((texts, context): Mapping => {
    const mapping: Mapping = {};
    for (const text of texts.flatMap((option) => option.split(BETWEEN_MAPPINGS))) {
      const [, role, column] = MAPPING.exec(text) ?? [];
      if (role === undefined || column === undefined) {
        context.addIssue(
          `--map takes ROLE=COLUMN with a role of ${columnRoles.join(', ')}, e.g. --map "close=Adj Close,date=Day"; not "${text}"`,
        );
        return z.NEVER;
      }
      mapping[role.toLowerCase() as ColumnRole] = column;
    }
    return mapping;
  });

const DELIMITER_NAMES: Readonly<Record<string, Delimiter>> = { tab: '\t', '\\t': '\t', comma: ',', semicolon: ';', pipe: '|' };

const DelimiterOption = z.string().transform((text, context): Delimiter => {
  const found = DELIMITER_NAMES[text] ?? DELIMITERS.find((delimiter) => delimiter === text);
  if (found !== undefined) return found;
  context.addIssue(`--delimiter is one of , ; | tab, not "${text}"`);
  return z.NEVER;
});

export const ImportInput = z
  .object({
    symbol: fields.InstrumentSymbol.optional(),
    resolution: z.enum(RESOLUTIONS),
    map: MappingOption,
    symbolColumn: z.string().min(1).optional(),
    timeZone: z.string().refine(isTimeZone, 'expected an IANA time zone such as America/New_York').optional(),
    dateFormat: z.enum(DATE_FORMATS).optional(),
    delimiter: DelimiterOption.optional(),
    decimalComma: z.boolean().default(false),
    rejects: z.string().min(1).optional(),
    dryRun: z.boolean().default(false),
    strict: z.boolean().default(false),
    arguments: z.tuple([z.string().min(1)]),
  })
  .refine(
    ({ map, symbolColumn }) => map.symbol === undefined || symbolColumn === undefined,
    'name the symbol column by --symbol-column or by --map, not by both',
  );

export type ImportInput = z.output<typeof ImportInput>;

const collect = (text: string, before: readonly string[] = []): string[] => [...before, text];

export function configureImport(command: Command): void {
  command
    .argument('<file>', 'a CSV of bars, or - for the standard input')
    .requiredOption(
      '--resolution <resolution>',
      `what a line is: ${RESOLUTIONS.join(', ')}; 1mo takes the close as that of the month's last session`,
    )
    .option('--symbol <symbol>', 'whose bars the file holds; in a file with a symbol column, the only one wanted')
    .option('--symbol-column <column>', 'the column that names the symbol, if its name does not tell')
    .option('--map <role=column,...>', `columns whose names do not tell what they are; roles: ${columnRoles.join(', ')}`, collect)
    .option('--time-zone <zone>', 'on whose clocks times without offset were read, e.g. America/New_York')
    .option('--date-format <format>', `${DATE_FORMATS.join(', ')}; told from the data where it leaves no doubt`)
    .option('--delimiter <delimiter>', 'comma, semicolon, tab or pipe; told from the header where it leaves no doubt')
    .option('--decimal-comma', 'numbers have a comma for a decimal point')
    .option('--rejects <file>', 'where rejected lines go, with their reasons (default: <file>.rejects.csv in this folder)')
    .option('--dry-run', 'read, judge and compare, but write nothing')
    .option('--strict', 'exit with 1 when a line was rejected');
}
