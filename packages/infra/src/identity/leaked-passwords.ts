import { dictionary } from '@zxcvbn-ts/language-common';

/** Some tens of thousands that leaks of passwords show again and again, lower case, the most used first. */
const common: ReadonlySet<string> = new Set(dictionary['passwords-common']);

/** By a list that ships with the platform: a password is shown to nobody to be judged. */
export const isCommonPassword = (text: string): boolean => common.has(text.toLowerCase());
