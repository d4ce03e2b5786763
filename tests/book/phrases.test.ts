import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Phrases } from '../../lib/book/phrases.js';

describe("figures.json's rules, as notebooks/ko/README.md tells them", () => {
  const cases: [title: string, entries: Record<string, string>, english: string, korean: string][] =
    [
      ['a text without words stays', {}, '123 M', '123 M'],
      ['a name stays', {}, 'icp_3a', 'icp_3a'],
      ['an entry', { loss: '손실' }, 'loss', '손실'],
      ['white space around it stays', { loss: '손실' }, ' loss ', ' 손실 '],
      ['placeholders in their order', { '{} of {}': '{} / {}' }, '97 of 100', '97 / 100'],
      [
        'placeholders by number',
        { 'test loss {} at epoch {}': '{1}번째 에폭에서 테스트 손실 {0}' },
        'test loss 0.14 at epoch 39',
        '39번째 에폭에서 테스트 손실 0.14',
      ],
      [
        'what fills them is translated',
        { 'is {}': '실제 {}', disc: '원판' },
        'is disc',
        '실제 원판',
      ],
      [
        'the entry with most of the text is taken',
        { 'loss {}': '손실 {}', 'loss {} at {}': '{1}에서 손실 {0}' },
        'loss 2 at 3',
        '3에서 손실 2',
      ],
      [
        'tags are cut at',
        { 'Test accuracy': '테스트 정확도', 'by class': '클래스별' },
        '<b>Test accuracy</b><br><span style="color:red">by class</span>',
        '<b>테스트 정확도</b><br><span style="color:red">클래스별</span>',
      ],
      [
        'sentences, then parts of them',
        { 'epoch {}': '{}번째 에폭', training: '학습', 'Loss over accuracy': '손실과 정확도' },
        'Loss over accuracy. training, epoch 0; epoch 39.',
        '손실과 정확도. 학습, 0번째 에폭; 39번째 에폭.',
      ],
      [
        'a placeholder ends with the sentence',
        { 'the {}': '{}', ring: '고리', disc: '원판' },
        'the ring. the disc',
        '고리. 원판',
      ],
      [
        'numbers that the figure puts in are kept',
        { 'epoch {}': '{}번째 에폭', 'loss {}': '손실 {}' },
        'epoch %{x}<br>loss %{y:.4f}<extra>%{fullData.name}</extra>',
        '%{x}번째 에폭<br>손실 %{y:.4f}<extra>%{fullData.name}</extra>',
      ],
      [
        'signs of regular expressions are letters',
        { 'any (all) + {}': '{}?' },
        'any (all) + 1',
        '1?',
      ],
    ];
  for (const [title, entries, english, korean] of cases) {
    test(title, () => {
      const phrases = new Phrases(entries);
      assert.equal(phrases.translate(english), korean);
      assert.deepEqual([...phrases.missing], []);
    });
  }

  test('what has no entry stays English and is noted', () => {
    const phrases = new Phrases({ loss: '손실' });
    assert.equal(phrases.translate('loss, the lecture'), '손실, the lecture');
    assert.deepEqual([...phrases.missing], ['the lecture']);
  });
});
