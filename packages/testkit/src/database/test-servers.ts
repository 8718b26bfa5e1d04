import type { StackSecrets } from '@trii/stack';

/** What global-setup hands to the suites, which may run in other threads. */
export interface TestServers {
  readonly template: string;
  readonly postgresPort: number;
  readonly redisPort: number;
  readonly secrets: StackSecrets;
}

declare module 'vitest' {
  export interface ProvidedContext {
    testServers: TestServers;
  }
}
