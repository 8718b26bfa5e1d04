import { invariant } from '@trii/kernel';
import { openSecrets } from '@trii/stack';
import { demoInvestors } from '../demo/demo-plan.ts';
import { loadDemo } from '../demo/load-demo.ts';
import { openOperatorDesk } from './operator-desk.ts';
import { personalPortsAt } from './personal-keys.ts';
import type { UpStep } from './platform.ts';

const demo: UpStep = {
  title: 'demo',
  async run(platform, note) {
    const apiUrl = platform.addresses.find(({ name }) => name === 'API')?.address;
    invariant(platform.servers !== undefined && apiUrl !== undefined, 'the demo is loaded through the running api');
    await using desk = await openOperatorDesk(platform.servers, note, personalPortsAt(platform.folder, platform.servers));
    const password = openSecrets(platform.folder).demo_password;
    await loadDemo({ apiUrl, password, desk, signal: platform.signal, say: note });
    platform.signIn.push(
      `Sign in as ${demoInvestors.map(({ email }) => email).join(', ')}; the password of all three is "demo_password" in`,
      `${platform.folder.secretsFile}. Look at a portfolio with:`,
      ...demoInvestors.map(({ email }) => `  npm run trii -- portfolio show --as ${email}`),
    );
  },
};

/** What `trii up` adds unless --no-demo is given: each step finds out by itself what is already loaded. */
export const demoSteps: readonly UpStep[] = [demo];
