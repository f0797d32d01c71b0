import type { Contents } from '@jupyterlab/services';
import { LIMITS } from '../../protocol';
import { NOW_MS } from '../testing';
import { HOME, refused, Submitting } from './drive.fixture';

let there: Submitting;
beforeEach(() => {
  there = new Submitting();
});
afterEach(() => there.leave());

describe('saving', () => {
  const path = `${HOME}/a.txt`;
  const text = (content: string): Partial<Contents.IModel> => ({
    type: 'file',
    format: 'text',
    content
  });

  it('a text, whole', async () => {
    const long = 'é'.repeat(LIMITS.fileBytes);
    const saved = await there.drive.save(path, text(long));
    expect(there.text('/home/alice/a.txt')).toBe(long);
    expect([saved.name, saved.content]).toEqual(['a.txt', null]);
    await there.drive.save(path, text(''));
    expect(there.text('/home/alice/a.txt')).toBe('');
  });

  it('a notebook as nbformat writes it', async () => {
    const content = { cells: [{ source: 'a\nb' }], nbformat: 4 };
    await there.drive.save(`${HOME}/a.ipynb`, { type: 'notebook', format: 'json', content });
    expect(there.text('/home/alice/a.ipynb')).toBe(
      '{\n "cells": [\n  {\n   "source": [\n    "a\\n",\n    "b"\n   ]\n  }\n ],\n "nbformat": 4\n}\n'
    );
  });

  it('what was written between look and save is not lost', async () => {
    there.file('/home/alice/a.txt', 'old');
    await there.drive.get(path, { content: false });
    there.file('/home/alice/a.txt', 'of others', { modifiedAtMs: NOW_MS + 400 });
    const [, words] = await refused(there.drive.save(path, text('mine')));
    expect(words).toContain('has been changed by somebody else');
    expect(there.text('/home/alice/a.txt')).toBe('of others');
    // Who has been told and looks again overwrites it.
    await there.drive.get(path, { content: false });
    await there.drive.save(path, text('mine'));
    // A look of long ago says nothing.
    await there.drive.get(path, { content: false });
    there.file('/home/alice/a.txt', 'of others', { modifiedAtMs: NOW_MS + 999 });
    there.clock.pass(60_000);
    await there.drive.save(path, text('mine'));
    expect(there.text('/home/alice/a.txt')).toBe('mine');
  });

  it('tells JupyterLab', async () => {
    const heard: unknown[] = [];
    there.drive.fileChanged.connect((_: unknown, { type, oldValue, newValue }) => {
      heard.push([type, oldValue?.path, newValue?.path]);
    });
    await there.drive.save(path, text('x'));
    await there.drive.rename(path, `${HOME}/b.txt`);
    await there.drive.delete(`${HOME}/b.txt`);
    await there.drive.newUntitled({ path: HOME, type: 'directory' });
    expect(heard).toEqual([
      ['save', undefined, path],
      ['rename', path, `${HOME}/b.txt`],
      ['delete', `${HOME}/b.txt`, undefined],
      ['new', undefined, `${HOME}/Untitled Folder`]
    ]);
  });
});
