import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every type that the package offers, as a page: a change of what frontends see shows up as a change of this file. */
export function apiReport(dist: string): string {
  const files = readdirSync(dist).filter((file) => file.endsWith('.d.ts'));
  const parts = files.toSorted().map((file) => `## ${file}\n\n\`\`\`ts\n${readFileSync(join(dist, file), 'utf8').trim()}\n\`\`\`\n`);
  return `# What \`@trii/client\` offers

Generated from the built package: \`npm run reference\`. A test fails when it is stale, so that no change of the published types goes unseen.

${parts.join('\n')}`;
}
