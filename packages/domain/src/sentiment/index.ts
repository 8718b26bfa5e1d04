export { NewsSentiment } from './news-sentiment.entity.ts';
