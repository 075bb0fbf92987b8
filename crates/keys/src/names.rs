//! What keys and aliases are called, and what a request's KeyId means. Source: "Key identifiers (KeyId)" in the KMS developer
//! guide.

use std::fmt;

use flumen_types::{Realm, identity};
use serde::{Deserialize, Serialize};

use crate::KeyError;
use crate::ids::KeyId;

/// Of a region, in a key's ARN and in ciphertext.
pub const REGION_BYTES_MAX: usize = 64;
const ALIAS_PREFIX: &str = "alias/";
/// Aliases that begin so are for keys that services use in the account.
const RESERVED: &str = "alias/aws/";
/// The alias of the key that Kinesis uses where an account names no key of its own.
pub const KINESIS_ALIAS: &str = "alias/aws/kinesis";

/// `arn:aws:kms:<region>:<account>:key/<id>`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct KeyArn {
    pub account: String,
    pub region: String,
    pub id: KeyId,
}

/// `arn:aws:kms:<region>:<account>:alias/<name>`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AliasArn {
    pub account: String,
    pub region: String,
    /// With `alias/`.
    pub name: String,
}

/// What the KeyId of a request names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Named {
    Key(KeyArn),
    Alias(AliasArn),
}

impl KeyArn {
    pub(crate) fn new(realm: &Realm, id: KeyId) -> Self {
        KeyArn { account: realm.account.clone(), region: realm.region.clone(), id }
    }
}

impl KeyArn {
    /// As it is written, in whichever region.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let region = text.split(':').nth(3)?.to_owned();
        match Named::parse(text, &Realm { account: String::new(), region }) {
            Ok(Named::Key(arn)) if text.starts_with("arn:") => Some(arn),
            _ => None,
        }
    }
}

impl AliasArn {
    pub(crate) fn new(realm: &Realm, name: &str) -> Self {
        AliasArn { account: realm.account.clone(), region: realm.region.clone(), name: name.to_owned() }
    }
}

impl fmt::Display for KeyArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KeyArn { account, region, id } = self;
        write!(f, "arn:{}:kms:{region}:{account}:key/{id}", identity::partition(region))
    }
}

impl fmt::Display for AliasArn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AliasArn { account, region, name } = self;
        write!(f, "arn:{}:kms:{region}:{account}:{name}", identity::partition(region))
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Named::Key(arn) => arn.fmt(f),
            Named::Alias(arn) => arn.fmt(f),
        }
    }
}

impl Named {
    /// An id, an alias or an ARN of either, which has to be of the region that is asked.
    ///
    /// # Errors
    /// Where it is none of these, or of another region.
    pub fn parse(text: &str, realm: &Realm) -> Result<Self, KeyError> {
        if let Some(rest) = text.strip_prefix("arn:") {
            return Named::parse_arn(text, rest, realm);
        }
        if text.starts_with(ALIAS_PREFIX) {
            return Ok(Named::Alias(AliasArn::new(realm, text)));
        }
        match text.parse() {
            Ok(id) => Ok(Named::Key(KeyArn::new(realm, id))),
            Err(_) => Err(KeyError::InvalidKeyId { text: text.to_owned() }),
        }
    }

    /// The same where an alias is none.
    pub(crate) fn parse_key(text: &str, realm: &Realm) -> Result<KeyArn, KeyError> {
        match Named::parse(text, realm)? {
            Named::Key(arn) => Ok(arn),
            Named::Alias(_) => Err(KeyError::InvalidKeyId { text: text.to_owned() }),
        }
    }

    fn parse_arn(text: &str, rest: &str, realm: &Realm) -> Result<Self, KeyError> {
        let invalid = || KeyError::InvalidArn { text: text.to_owned() };
        let parts: Vec<&str> = rest.splitn(5, ':').collect();
        let [partition, "kms", region, account, resource] = parts[..] else { return Err(invalid()) };
        let is_account = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        if !is_account || partition != identity::partition(region) {
            return Err(invalid());
        }
        if region != realm.region {
            return Err(KeyError::OtherRegion { region: region.to_owned() });
        }
        let realm = Realm { account: account.to_owned(), region: region.to_owned() };
        match resource.strip_prefix("key/") {
            Some(id) => match id.parse() {
                Ok(id) => Ok(Named::Key(KeyArn::new(&realm, id))),
                Err(_) => Err(KeyError::InvalidKeyId { text: id.to_owned() }),
            },
            None if resource.starts_with(ALIAS_PREFIX) => Ok(Named::Alias(AliasArn::new(&realm, resource))),
            None => Err(invalid()),
        }
    }
}

/// Whether a caller may make or move an alias of that name.
///
/// # Errors
/// In AWS's words where they are known.
pub(crate) fn check_alias(name: &str) -> Result<(), KeyError> {
    let Some(own) = name.strip_prefix(ALIAS_PREFIX).filter(|own| !own.is_empty()) else {
        return Err(KeyError::Validation("Invalid identifier".to_owned()));
    };
    if name.starts_with(RESERVED) {
        return Err(KeyError::AliasReserved { name: name.to_owned() });
    }
    if !own.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'_' | b'-')) {
        let text = format!("{name} contains invalid characters for an alias");
        return Err(KeyError::Validation(text));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn realm() -> Realm {
        Realm { account: "111111111111".into(), region: "eu-west-1".into() }
    }

    #[test]
    fn a_key_is_named_by_its_id_an_alias_or_an_arn() {
        let id = KeyId::random().unwrap();
        let arn = KeyArn::new(&realm(), id);
        assert_eq!(arn.to_string(), format!("arn:aws:kms:eu-west-1:111111111111:key/{id}"));
        assert_eq!(Named::parse(&id.to_string(), &realm()), Ok(Named::Key(arn.clone())));
        assert_eq!(Named::parse(&arn.to_string(), &realm()), Ok(Named::Key(arn)));
        let alias = Named::Alias(AliasArn::new(&realm(), "alias/a/b"));
        assert_eq!(alias.to_string(), "arn:aws:kms:eu-west-1:111111111111:alias/a/b");
        assert_eq!(Named::parse("alias/a/b", &realm()), Ok(alias.clone()));
        assert_eq!(Named::parse(&alias.to_string(), &realm()), Ok(alias));
        assert!(Named::parse_key("alias/a", &realm()).is_err());
        // Of a KMS elsewhere.
        let multi = "arn:aws:kms:eu-west-1:222222222222:key/mrk-1234abcd12ab34cd56ef1234567890ab";
        let Ok(Named::Key(arn)) = Named::parse(multi, &realm()) else { panic!("{multi} is a key") };
        assert_eq!((arn.to_string(), KeyArn::parse(multi)), (multi.to_owned(), Some(arn)));
    }

    #[test]
    fn what_names_no_key_is_told_why() {
        let told = |text: &str| Named::parse(text, &realm()).unwrap_err().to_string();
        assert_eq!(told("nothing"), "Invalid keyId 'nothing'");
        assert_eq!(told("arn:aws:kms:us-east-1:111111111111:alias/a"), "Invalid arn us-east-1");
        for wrong in [
            "arn:aws:kms:eu-west-1:1111:alias/a",
            "arn:aws:sqs:eu-west-1:111111111111:alias/a",
            "arn:aws-cn:kms:eu-west-1:111111111111:alias/a",
            "arn:aws:kms:eu-west-1:111111111111:a",
            "arn:aws:kms",
        ] {
            assert_eq!(told(wrong), format!("Invalid arn {wrong}"));
        }
    }

    #[test]
    fn aliases_of_services_and_those_with_other_characters_are_nobodys_to_make() {
        for good in ["alias/a", "alias/team/key_1-x", "alias/awsome"] {
            assert_eq!(check_alias(good), Ok(()), "{good}");
        }
        for wrong in ["a", "alias/", "alias/aws/kinesis", "alias/a:b", "alias/ä"] {
            assert!(check_alias(wrong).is_err(), "{wrong}");
        }
    }
}
