interface Option {
  readonly id: string;
  readonly text: { readonly es: string; readonly en: string };
  /** From 0, the most careful, to 4. */
  readonly points: number;
}

interface Question {
  readonly id: string;
  readonly text: { readonly es: string; readonly en: string };
  readonly options: readonly Option[];
}

const option = (id: string, points: number, [es, en]: readonly [string, string]): Option => ({ id, points, text: { es, en } });

/** A change of a question, an option or its points is a new version: what was answered before keeps its own. */
export const questionnaire: { readonly version: number; readonly questions: readonly Question[] } = {
  version: 1,
  questions: [
    {
      id: 'horizon',
      text: { es: '¿Cuándo necesitarás este dinero?', en: 'When will you need this money?' },
      options: [
        option('short', 0, ['En menos de 2 años', 'In less than 2 years']),
        option('medium', 2, ['En 2 a 7 años', 'In 2 to 7 years']),
        option('long', 4, ['En más de 7 años', 'In more than 7 years']),
      ],
    },
    {
      id: 'loss',
      text: { es: 'Tu inversión pierde un 20 % en un mes. ¿Qué haces?', en: 'Your investment loses 20 % in a month. What do you do?' },
      options: [
        option('sell', 0, ['Vendo todo', 'I sell everything']),
        option('hold', 2, ['Espero', 'I wait']),
        option('buy', 4, ['Compro más', 'I buy more']),
      ],
    },
    {
      id: 'experience',
      text: { es: '¿Cuánta experiencia tienes invirtiendo?', en: 'How much experience do you have in investing?' },
      options: [
        option('none', 0, ['Ninguna', 'None']),
        option('some', 2, ['Algunos años con fondos o acciones', 'Some years with funds or shares']),
        option('much', 4, ['Muchos años, con varios tipos de activos', 'Many years, with several kinds of assets']),
      ],
    },
    {
      id: 'income',
      text: { es: '¿Qué tan estables son tus ingresos?', en: 'How stable is your income?' },
      options: [
        option('unstable', 0, ['Inestables', 'Unstable']),
        option('stable', 2, ['Estables', 'Stable']),
        option('reserves', 4, ['Estables, y con reservas para más de seis meses', 'Stable, with reserves for more than six months']),
      ],
    },
    {
      id: 'goal',
      text: { es: '¿Qué buscas ante todo?', en: 'What do you look for above all?' },
      options: [
        option('preserve', 0, ['Conservar lo que tengo', 'To keep what I have']),
        option('growth', 2, ['Crecer de forma equilibrada', 'Balanced growth']),
        option('maximum', 4, ['Crecer lo más posible', 'As much growth as possible']),
      ],
    },
  ],
};
