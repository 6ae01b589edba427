// The file of key and certificates (PKCS#12), as programs of today read it: AES-256 and SHA-256.
import { BmpString, OctetString } from "asn1js";
import {
  Attribute, AuthenticatedSafe, CertBag, Certificate, PFX, PKCS8ShroudedKeyBag, PrivateKeyInfo, SafeBag, SafeContents,
} from "pkijs";

const ROUNDS = 100_000;
const LOCK = { contentEncryptionAlgorithm: { name: "AES-CBC", length: 256 }, hmacHashAlgorithm: "SHA-256", iterationCount: ROUNDS };
const KEY_BAG = "1.2.840.113549.1.12.10.1.2";
const CERTIFICATE_BAG = "1.2.840.113549.1.12.10.1.3";
const FRIENDLY_NAME = "1.2.840.113549.1.9.20";
const LOCAL_KEY_ID = "1.2.840.113549.1.9.21";

/**
 * `key`: PKCS#8; `chain`: certificates, the key's own first; `name`: what programs call the pair.
 * All bytes are DER. The password must be ASCII: of others programs have different opinions.
 */
export const makeFile = async ({ key, chain, name, password }) => {
  const secret = new TextEncoder().encode(password).buffer;
  // Key and certificate find each other by this.
  const id = (await crypto.subtle.digest("SHA-256", chain[0])).slice(0, 20);
  const marks = [
    new Attribute({ type: FRIENDLY_NAME, values: [new BmpString({ value: name })] }),
    new Attribute({ type: LOCAL_KEY_ID, values: [new OctetString({ valueHex: id })] }),
  ];
  const keyBag = new PKCS8ShroudedKeyBag({ parsedValue: PrivateKeyInfo.fromBER(key) });
  const bags = chain.map(
    (der, at) =>
      new SafeBag({
        bagId: CERTIFICATE_BAG,
        bagValue: new CertBag({ parsedValue: Certificate.fromBER(der) }),
        ...(at === 0 && { bagAttributes: marks }),
      }),
  );
  const safe = new AuthenticatedSafe({
    parsedValue: {
      safeContents: [
        { privacyMode: 0, value: new SafeContents({ safeBags: [new SafeBag({ bagId: KEY_BAG, bagValue: keyBag, bagAttributes: marks })] }) },
        { privacyMode: 1, value: new SafeContents({ safeBags: bags }) },
      ],
    },
  });
  await keyBag.makeInternalValues({ password: secret, ...LOCK });
  await safe.makeInternalValues({ safeContents: [{}, { password: secret, ...LOCK }] });
  const file = new PFX({ parsedValue: { integrityMode: 0, authenticatedSafe: safe } });
  await file.makeInternalValues({ password: secret, iterations: ROUNDS, pbkdf2HashAlgorithm: "SHA-256", hmacHashAlgorithm: "SHA-256" });
  return file.toSchema().toBER(false);
};

/** What such a file holds, `{ key, chain }`. Throws where the password does not open it. */
export const openFile = async (data, password) => {
  const secret = new TextEncoder().encode(password).buffer;
  const file = PFX.fromBER(data);
  await file.parseInternalValues({ password: secret, checkIntegrity: true });
  const safe = file.parsedValue.authenticatedSafe;
  await safe.parseInternalValues({ safeContents: [{ password: secret }, { password: secret }] });
  const [keys, certificates] = safe.parsedValue.safeContents.map((part) => part.value.safeBags.map((bag) => bag.bagValue));
  await keys[0].parseInternalValues({ password: secret });
  return {
    key: keys[0].parsedValue.toSchema().toBER(false),
    chain: certificates.map((bag) => bag.parsedValue.toSchema(true).toBER(false)),
  };
};
