import { LabIcon } from '@jupyterlab/ui-components';
import filesSvg from '../../style/icons/files.svg';
import svgstr from '../../style/icons/pilothouse.svg';

/** A ship's wheel. */
export const pilothouseIcon = new LabIcon({ name: 'jupyterlab-pilothouse:wheel', svgstr });

/** A folder at the end of a line. */
export const filesIcon = new LabIcon({ name: 'jupyterlab-pilothouse:files', svgstr: filesSvg });
