import { z } from 'zod';
import { oneLine } from './scheduler';

/** The machine where `sbatch` or `condor_submit` is run. */
export const SubmitHost = z.strictObject({
  address: oneLine(255)
    .regex(/^[A-Za-z0-9._:[\]-]+$/, 'A host name or an address, without user and port.')
    .optional()
    .describe('The submit host; this machine if not said.'),
  user: oneLine(100).optional().describe('Your name there; as on this machine if not said.'),
  port: z.int().min(1).max(65535).optional().describe('Its SSH port; 22 if not said.'),
  jumpHosts: z
    .array(oneLine(400))
    .max(10)
    .default([])
    .describe('Hosts on the way, as user@host:port, nearest first.'),
  transport: z
    .enum(['ssh2', 'openssh'])
    .default('ssh2')
    .describe('Pilothouse’s own SSH, or this machine’s OpenSSH with its configuration.'),
  keyFile: oneLine(4096).optional().describe('A private key to log in with.'),
  folder: oneLine(4096)
    .regex(/^~?\//, 'An absolute path, or one that begins with ~/.')
    .optional()
    .describe('A folder there for what Pilothouse submits; one of its own if not said.')
});
export type SubmitHost = z.infer<typeof SubmitHost>;

/** How pilots reach home (design 3.2). */
export const UplinkOptions = z.strictObject({
  kinds: z
    .array(z.enum(['direct', 'submit-host', 'relay']))
    .min(1)
    .max(3)
    .default(['direct'])
    .describe('Ways home, in the order in which they are tried.'),
  listenAddress: oneLine(255).optional().describe('The address of this machine that pilots dial.'),
  listenPorts: oneLine(50)
    .regex(/^\d{1,5}(-\d{1,5})?$/, 'A port or a range of ports, as in 9000-9100.')
    .optional()
    .describe('The ports of this machine that pilots may dial.'),
  advertiseAddress: oneLine(255)
    .optional()
    .describe('The address by which pilots know this machine, if it is another.'),
  advertisePort: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('The port by which pilots know this machine, if it is another.'),
  submitHostAddress: oneLine(255)
    .optional()
    .describe('The address by which pilots know the submit host; its own name if not said.'),
  submitHostPorts: oneLine(50)
    .regex(/^\d{1,5}(-\d{1,5})?$/, 'A port or a range of ports, as in 9000-9100.')
    .optional()
    .describe('The ports of the submit host that pilots may dial; any free one if not said.'),
  relay: oneLine(300)
    .regex(/^[A-Za-z0-9._:[\]-]+:\d{1,5}$/, 'An address and a port, as in relay.example.org:8443.')
    .optional()
    .describe('A relay that this machine and the pilots can dial.'),
  relaySecretFile: oneLine(4096)
    .optional()
    .describe('The file of this machine with the secret that the relay was started with.'),
  resumeSeconds: z
    .int()
    .min(1)
    .max(3600)
    .default(120)
    .describe(
      'A pilot that cannot be reached for this long has lost its tasks; they run elsewhere.'
    )
});
export type UplinkOptions = z.infer<typeof UplinkOptions>;
