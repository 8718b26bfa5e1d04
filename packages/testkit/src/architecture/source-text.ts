const piece =
  /(?<comment>\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:\\[\s\S]|[^'\\\n])*'?|"(?:\\[\s\S]|[^"\\\n])*"?)|(?<word>[\w$]+)|(?<space>\s+)|(?<mark>[\s\S])/y;
const templateText = /(?:\\[\s\S]|[^`\\$]|\$(?!\{))+/y;
const regexLiteral = /\/(?![*/])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*/y;
/** After these a slash starts a regular expression; after any other word, a `)` or a `]` it divides. */
const regexMayFollow = /^(?:return|typeof|case|in|of|delete|void|throw|new|do|else|await|yield|[^\w$)\]])$/;

const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');
const blankInside = (text: string): string => (text.length < 2 ? text : text.at(0) + blank(text.slice(1, -1)) + text.at(-1));

function matchAt(pattern: RegExp, text: string, index: number): RegExpExecArray | null {
  pattern.lastIndex = index;
  return pattern.exec(text);
}

/**
 * The same text with comments and the inside of strings, templates and regular expressions blanked; offsets, lines and quotes stay.
 * Not a parser: it knows just enough that neither `// new Date()` nor `'new Date()'` counts as a call, and `${new Date()}` does.
 */
export function codeOnly(text: string): string {
  let code = '';
  let previous = '';
  /** One entry per open template: how many braces are open inside its current `${`, or -1 while in its text. */
  const templates: number[] = [];
  const keep = (part: string, significant = part): void => {
    code += part;
    previous = significant;
  };
  const mark = (character: string): void => {
    const depth = templates.at(-1);
    if (character === '`') templates.push(-1);
    if (character === '{' && depth !== undefined) templates[templates.length - 1] = depth + 1;
    if (character === '}' && depth !== undefined) templates[templates.length - 1] = depth - 1;
    keep(character);
  };
  const templatePart = (): void => {
    const inner = matchAt(templateText, text, code.length)?.[0];
    if (inner !== undefined) return keep(blank(inner), '`');
    if (text[code.length] === '`') {
      templates.pop();
      return keep('`', ')');
    }
    templates[templates.length - 1] = 0;
    return keep('${', '{');
  };
  const codePart = (): void => {
    const regex = regexMayFollow.test(previous || '(') ? matchAt(regexLiteral, text, code.length)?.[0] : undefined;
    if (regex !== undefined) return keep(blankInside(regex), ')');
    const found = matchAt(piece, text, code.length);
    const { comment, string, word, space } = found?.groups ?? {};
    if (comment !== undefined) return keep(blank(comment), previous);
    if (string !== undefined) return keep(blankInside(string), ')');
    if (word !== undefined) return keep(word);
    if (space !== undefined) return keep(space, previous);
    return mark(text.charAt(code.length));
  };
  while (code.length < text.length) {
    if (templates.at(-1) === -1) templatePart();
    else codePart();
  }
  return code;
}

/** The number, from 1, of the line that holds the character at `index`. */
export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

export function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}
