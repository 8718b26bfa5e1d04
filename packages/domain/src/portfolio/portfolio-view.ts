import type { OutputOf, portfolio } from '@trii/contract';

type View = OutputOf<typeof portfolio.open>;

export interface PortfolioRow {
  readonly id: string;
  readonly name: string;
  readonly description: string | null;
  readonly base_currency: string;
  readonly status: View['status'];
  readonly opened_on: string;
}

export function portfolioView(row: PortfolioRow): View {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    baseCurrency: row.base_currency,
    status: row.status,
    openedOn: row.opened_on,
  };
}
