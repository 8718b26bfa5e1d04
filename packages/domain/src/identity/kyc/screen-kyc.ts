import { identity } from '@trii/contract';
import { newId } from '@trii/kernel';
import { handler, type ScreeningResult } from '../../platform/index.ts';

interface ScreenedRow {
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly birth_date: string | null;
  readonly country_code: string | null;
}

/** Asks the providers once for each submission, and keeps what they say for who decides. Their answer decides nothing. */
export const screenKycHandler = handler(identity.screenKyc, {
  async prepare({ ports, readPersonal, read }, { userId, submissionId }): Promise<readonly ScreeningResult[] | undefined> {
    const submissions = await read((sql) => sql`SELECT FROM kyc_submissions WHERE id = ${submissionId} AND user_id = ${userId}`);
    const [person] = await readPersonal((sql) => sql<ScreenedRow>`SELECT * FROM screened_person(${userId})`);
    if (submissions.length === 0 || person === undefined) return undefined;
    const { first_name: firstName, last_name: lastName, birth_date: birthDate, country_code: countryCode } = person;
    return ports.screening.screen({ firstName, lastName, birthDate, countryCode });
  },
  async handle(ctx, { userId, submissionId }) {
    if (ctx.prepared === undefined) return ctx.refuse('NOT_FOUND');
    for (const { check, provider, outcome, findings } of ctx.prepared) {
      await ctx.sql`INSERT INTO kyc_screenings (id, user_id, submission_id, check_type, provider, outcome, findings, screened_at)
        VALUES (${newId()}, ${userId}, ${submissionId}, ${check}, ${provider}, ${outcome}, ${findings}, ${ctx.clock.now()}) ON CONFLICT DO NOTHING`;
    }
    ctx.note({ newValues: { submissionId, outcomes: ctx.prepared.map(({ check, outcome }) => ({ check, outcome })) } });
    return { checks: ctx.prepared.length };
  },
});
