import { defineEntity, p } from '@mikro-orm/postgresql';
import { Instrument } from '../market/index.ts';
import { idColumn, instantColumn, jsonColumn, scoreColumn } from '../platform/index.ts';

const NewsSentimentSchema = defineEntity({
  name: 'NewsSentiment',
  tableName: 'news_sentiment',
  properties: {
    id: idColumn(),
    instrumentId: () => p.manyToOne(Instrument).mapToPk().joinColumn('instrument_id'),
    newsSource: p.text(),
    headline: p.text(),
    content: p.text().nullable(),
    sentimentScore: scoreColumn().nullable(),
    relevanceScore: scoreColumn().nullable(),
    sentimentBreakdown: jsonColumn<Record<'positive' | 'negative' | 'neutral', number>>().nullable(),
    publishedAt: instantColumn(),
    analyzedAt: instantColumn().nullable(),
  },
  indexes: [{ name: 'idx_news_sentiment_instrument_date', columns: [{ name: 'instrument_id' }, { name: 'published_at', sort: 'DESC' }] }],
  checks: [
    { name: 'news_sentiment_sentiment_range', expression: 'sentiment_score >= -1 and sentiment_score <= 1' },
    { name: 'news_sentiment_relevance_range', expression: 'relevance_score >= 0 and relevance_score <= 1' },
  ],
});

export class NewsSentiment extends NewsSentimentSchema.class {}
NewsSentimentSchema.setClass(NewsSentiment);
