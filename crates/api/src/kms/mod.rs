//! The Key Management Service: keys, aliases, grants, and what is encrypted with keys. Source:
//! <https://docs.aws.amazon.com/kms/latest/APIReference/Welcome.html>
//!
//! What keys are, who may use them and how, is `flumen-keys`'s; here is in which words it is asked and answered.

mod errors;
mod operations;
mod shapes;

use std::borrow::Cow;

use bytes::Bytes;
use flumen_access::Caller;
use flumen_keys::{Encrypted, KeyOperation, Keys, Listed, Page, Use, WAITING_DAYS_DEFAULT};
use flumen_protocol::kms::*;
use flumen_protocol::{Blob, TextMap, Timestamp};
use http::StatusCode;

use crate::Resources;
use crate::audit::Audited;
use crate::call::{Call, Failed};
use crate::reply::{Reply, status};
use crate::service::{Head, IdentifiedRequest, Remembered, Service};

use errors::Refused;
use operations::{is_command, is_use};
use shapes::{context, own, texts};

pub use operations::published;

/// What lists have where a request does not say it. AWS's.
const KEYS_DEFAULT: i32 = 100;
const ALIASES_DEFAULT: i32 = 50;
const GRANTS_DEFAULT: i32 = 50;
const TAGS_DEFAULT: i32 = 50;
/// And what they have at most where that is less than of others.
const ALIASES_MAX: i32 = 100;
const GRANTS_MAX: i32 = 100;

/// The service of that name.
pub struct KmsService(pub Keys);

/// One request of a known caller.
struct Request<'a> {
    keys: &'a Keys,
    caller: &'a Caller,
}

impl KmsService {
    async fn answer(
        &self,
        call: &Call<'_>,
        caller: &Caller,
        operation: Operation,
        body: &[u8],
    ) -> Result<Vec<u8>, Fault> {
        let request = Request { keys: &self.0, caller };
        macro_rules! answered {
            ($method:ident) => {{
                let input = decode(body)?;
                call.asks(&input);
                let output = request.$method(&input).await?;
                call.answers(&output);
                encode(&output)
            }};
        }
        macro_rules! nothing {
            ($method:ident) => {{
                let input = decode(body)?;
                call.asks(&input);
                request.$method(&input).await?;
                Vec::new()
            }};
        }
        Ok(match operation {
            Operation::CancelKeyDeletion => answered!(cancel_key_deletion),
            Operation::CreateAlias => nothing!(create_alias),
            Operation::CreateGrant => answered!(create_grant),
            Operation::CreateKey => answered!(create_key),
            Operation::Decrypt => answered!(decrypt),
            Operation::DeleteAlias => nothing!(delete_alias),
            Operation::DescribeKey => answered!(describe_key),
            Operation::DisableKey => nothing!(disable_key),
            Operation::DisableKeyRotation => nothing!(disable_key_rotation),
            Operation::EnableKey => nothing!(enable_key),
            Operation::EnableKeyRotation => nothing!(enable_key_rotation),
            Operation::Encrypt => answered!(encrypt),
            Operation::GenerateDataKey => answered!(generate_data_key),
            Operation::GenerateDataKeyWithoutPlaintext => answered!(generate_data_key_without_plaintext),
            Operation::GenerateRandom => answered!(generate_random),
            Operation::GetKeyPolicy => answered!(get_key_policy),
            Operation::GetKeyRotationStatus => answered!(get_key_rotation_status),
            Operation::ListAliases => answered!(list_aliases),
            Operation::ListGrants => answered!(list_grants),
            Operation::ListKeyPolicies => answered!(list_key_policies),
            Operation::ListKeyRotations => answered!(list_key_rotations),
            Operation::ListKeys => answered!(list_keys),
            Operation::ListResourceTags => answered!(list_resource_tags),
            Operation::ListRetirableGrants => answered!(list_retirable_grants),
            Operation::PutKeyPolicy => nothing!(put_key_policy),
            Operation::ReEncrypt => answered!(re_encrypt),
            Operation::RetireGrant => nothing!(retire_grant),
            Operation::RevokeGrant => nothing!(revoke_grant),
            Operation::RotateKeyOnDemand => answered!(rotate_key_on_demand),
            Operation::ScheduleKeyDeletion => answered!(schedule_key_deletion),
            Operation::TagResource => nothing!(tag_resource),
            Operation::UntagResource => nothing!(untag_resource),
            Operation::UpdateAlias => nothing!(update_alias),
            Operation::UpdateKeyDescription => nothing!(update_key_description),
            other => return Err(Refused::NotServed(other.as_str()).into()),
        })
    }
}

/// The part of a list that is asked for.
fn page<'a>(limit: Option<i32>, marker: &'a Option<Cow<'_, str>>, default: i32, max: i32) -> Page<'a> {
    let limit = limit.unwrap_or(default).min(max);
    Page { limit: usize::try_from(limit).unwrap_or(1), marker: marker.as_deref() }
}

/// Whether there is more, beside the marker of that.
fn further(marker: Option<String>) -> (Option<Cow<'static, str>>, Option<bool>) {
    let is_truncated = Some(marker.is_some());
    (marker.map(Cow::Owned), is_truncated)
}

/// Of so many bytes as either member says.
fn data_key_bytes(bytes: Option<i32>, spec: Option<DataKeySpec>) -> Result<usize, Refused> {
    match (bytes, spec) {
        (Some(bytes), None) => Ok(usize::try_from(bytes).unwrap_or_default()),
        (None, Some(DataKeySpec::Aes256)) => Ok(32),
        (None, Some(DataKeySpec::Aes128)) => Ok(16),
        _ => Err(Refused::Invalid("Please specify either number of bytes or key spec.")),
    }
}

fn check_algorithm(given: Option<EncryptionAlgorithmSpec>) -> Result<(), Refused> {
    match given {
        None | Some(EncryptionAlgorithmSpec::SymmetricDefault) => Ok(()),
        Some(other) => Err(Refused::Algorithm(other.as_str())),
    }
}

/// Enclaves are attested by hardware that nobody has here.
fn refuse_recipient(given: &Option<RecipientInfo>) -> Result<(), Refused> {
    match given {
        None => Ok(()),
        Some(_) => Err(Refused::Unsupported("Recipient is not supported.".to_owned())),
    }
}

fn bytes_of<'b>(blob: &'b Blob<'_>) -> Result<Cow<'b, [u8]>, Refused> {
    // What is no base64 was refused where the request was read.
    blob.to_bytes().map_err(|_| Refused::Invalid("A blob is no base64."))
}

const NO_CIPHERTEXT: &str = "CiphertextBlob has to be given.";

impl Request<'_> {
    async fn create_key(&self, input: &CreateKeyRequest<'_>) -> Result<CreateKeyResponse<'static>, Refused> {
        let new = shapes::key_given(input)?;
        let key = self.keys.create_key(self.caller, &new).await?;
        Ok(CreateKeyResponse { key_metadata: Some(shapes::metadata(&key)) })
    }

    async fn describe_key(
        &self,
        input: &DescribeKeyRequest<'_>,
    ) -> Result<DescribeKeyResponse<'static>, Refused> {
        let key = self.keys.describe_key(self.caller, &input.key_id, &texts(&input.grant_tokens)).await?;
        Ok(DescribeKeyResponse { key_metadata: Some(shapes::metadata(&key)) })
    }

    async fn list_keys(&self, input: &ListKeysRequest<'_>) -> Result<ListKeysResponse<'static>, Refused> {
        let page = page(input.limit, &input.marker, KEYS_DEFAULT, i32::MAX);
        let Listed { items: arns, marker } = self.keys.list_keys(self.caller, page)?;
        let is_own = |owners: &Vec<ResourceOwnerType>| owners.contains(&ResourceOwnerType::Own);
        // What other accounts share is shared by policies alone.
        let arns = if input.resource_owners.as_ref().is_none_or(is_own) { arns } else { Vec::new() };
        let entry = |arn: &flumen_keys::KeyArn| KeyListEntry { key_id: own(arn.id), key_arn: own(arn) };
        let (next_marker, truncated) = further(marker.filter(|_| !arns.is_empty()));
        Ok(ListKeysResponse { keys: Some(arns.iter().map(entry).collect()), next_marker, truncated })
    }

    async fn enable_key(&self, input: &EnableKeyRequest<'_>) -> Result<(), Refused> {
        Ok(self.keys.enable_key(self.caller, &input.key_id).await?)
    }

    async fn disable_key(&self, input: &DisableKeyRequest<'_>) -> Result<(), Refused> {
        Ok(self.keys.disable_key(self.caller, &input.key_id).await?)
    }

    async fn update_key_description(&self, input: &UpdateKeyDescriptionRequest<'_>) -> Result<(), Refused> {
        Ok(self.keys.update_description(self.caller, &input.key_id, &input.description).await?)
    }

    async fn schedule_key_deletion(
        &self,
        input: &ScheduleKeyDeletionRequest<'_>,
    ) -> Result<ScheduleKeyDeletionResponse<'static>, Refused> {
        let days = input.pending_window_in_days.and_then(|days| u32::try_from(days).ok());
        let days = days.unwrap_or(WAITING_DAYS_DEFAULT);
        let key = self.keys.schedule_deletion(self.caller, &input.key_id, days).await?;
        Ok(ScheduleKeyDeletionResponse {
            key_id: own(&key.arn),
            deletion_date: shapes::deletion(&key),
            key_state: Some(shapes::state(&key)),
            pending_window_in_days: i32::try_from(days).ok(),
        })
    }

    async fn cancel_key_deletion(
        &self,
        input: &CancelKeyDeletionRequest<'_>,
    ) -> Result<CancelKeyDeletionResponse<'static>, Refused> {
        let key = self.keys.cancel_deletion(self.caller, &input.key_id).await?;
        Ok(CancelKeyDeletionResponse { key_id: own(&key.arn) })
    }

    async fn get_key_policy(
        &self,
        input: &GetKeyPolicyRequest<'_>,
    ) -> Result<GetKeyPolicyResponse<'static>, Refused> {
        let name = input.policy_name.as_deref().unwrap_or(flumen_keys::POLICY_NAME);
        let policy = self.keys.get_policy(self.caller, &input.key_id, name)?;
        Ok(GetKeyPolicyResponse { policy: own(policy), policy_name: own(name) })
    }

    async fn list_key_policies(
        &self,
        input: &ListKeyPoliciesRequest<'_>,
    ) -> Result<ListKeyPoliciesResponse<'static>, Refused> {
        let page = page(input.limit, &input.marker, KEYS_DEFAULT, i32::MAX);
        let names = self.keys.list_policies(self.caller, &input.key_id, page)?;
        let names = names.iter().map(|name| Cow::Borrowed(*name)).collect();
        Ok(ListKeyPoliciesResponse { policy_names: Some(names), next_marker: None, truncated: Some(false) })
    }

    async fn put_key_policy(&self, input: &PutKeyPolicyRequest<'_>) -> Result<(), Refused> {
        let name = input.policy_name.as_deref().unwrap_or(flumen_keys::POLICY_NAME);
        let bypasses = input.bypass_policy_lockout_safety_check.unwrap_or(false);
        Ok(self.keys.put_policy(self.caller, &input.key_id, name, &input.policy, bypasses).await?)
    }

    async fn list_resource_tags(
        &self,
        input: &ListResourceTagsRequest<'_>,
    ) -> Result<ListResourceTagsResponse<'static>, Refused> {
        let page = page(input.limit, &input.marker, TAGS_DEFAULT, TAGS_DEFAULT);
        let Listed { items: tags, marker } = self.keys.list_tags(self.caller, &input.key_id, page)?;
        let tag = |(key, value): (String, String)| Tag { tag_key: key.into(), tag_value: value.into() };
        let (next_marker, truncated) = further(marker);
        Ok(ListResourceTagsResponse {
            tags: Some(tags.into_iter().map(tag).collect()),
            next_marker,
            truncated,
        })
    }

    async fn tag_resource(&self, input: &TagResourceRequest<'_>) -> Result<(), Refused> {
        Ok(self.keys.tag(self.caller, &input.key_id, &shapes::tags_given(&input.tags)).await?)
    }

    async fn untag_resource(&self, input: &UntagResourceRequest<'_>) -> Result<(), Refused> {
        let keys: Vec<&str> = input.tag_keys.iter().map(|key| &**key).collect();
        Ok(self.keys.untag(self.caller, &input.key_id, &keys).await?)
    }

    async fn create_alias(&self, input: &CreateAliasRequest<'_>) -> Result<(), Refused> {
        Ok(self.keys.create_alias(self.caller, &input.alias_name, &input.target_key_id).await?)
    }

    async fn update_alias(&self, input: &UpdateAliasRequest<'_>) -> Result<(), Refused> {
        Ok(self.keys.update_alias(self.caller, &input.alias_name, &input.target_key_id).await?)
    }

    async fn delete_alias(&self, input: &DeleteAliasRequest<'_>) -> Result<(), Refused> {
        Ok(self.keys.delete_alias(self.caller, &input.alias_name).await?)
    }

    async fn list_aliases(
        &self,
        input: &ListAliasesRequest<'_>,
    ) -> Result<ListAliasesResponse<'static>, Refused> {
        let page = page(input.limit, &input.marker, ALIASES_DEFAULT, ALIASES_MAX);
        let Listed { items: aliases, marker } =
            self.keys.list_aliases(self.caller, input.key_id.as_deref(), page)?;
        let aliases = aliases.iter().map(|alias| shapes::alias(alias)).collect();
        let (next_marker, truncated) = further(marker);
        Ok(ListAliasesResponse { aliases: Some(aliases), next_marker, truncated })
    }

    async fn enable_key_rotation(&self, input: &EnableKeyRotationRequest<'_>) -> Result<(), Refused> {
        let days = input.rotation_period_in_days.and_then(|days| u32::try_from(days).ok());
        Ok(self.keys.enable_rotation(self.caller, &input.key_id, days).await?)
    }

    async fn disable_key_rotation(&self, input: &DisableKeyRotationRequest<'_>) -> Result<(), Refused> {
        Ok(self.keys.disable_rotation(self.caller, &input.key_id).await?)
    }

    async fn get_key_rotation_status(
        &self,
        input: &GetKeyRotationStatusRequest<'_>,
    ) -> Result<GetKeyRotationStatusResponse<'static>, Refused> {
        let key = self.keys.rotation_status(self.caller, &input.key_id)?;
        // It comes back if the deletion is cancelled.
        let rotation = key.rotation.filter(|_| shapes::deletion(&key).is_none());
        Ok(GetKeyRotationStatusResponse {
            key_rotation_enabled: Some(rotation.is_some()),
            key_id: own(&key.arn),
            rotation_period_in_days: rotation.and_then(|rotation| i32::try_from(rotation.period_days).ok()),
            next_rotation_date: rotation.map(|rotation| Timestamp::of_ms(rotation.next_ms)),
            // It is done before the answer.
            on_demand_rotation_start_date: None,
        })
    }

    async fn list_key_rotations(
        &self,
        input: &ListKeyRotationsRequest<'_>,
    ) -> Result<ListKeyRotationsResponse<'static>, Refused> {
        let page = page(input.limit, &input.marker, KEYS_DEFAULT, i32::MAX);
        let all = input.include_key_material == Some(IncludeKeyMaterial::AllKeyMaterial);
        let (key, Listed { items, marker }) =
            self.keys.list_rotations(self.caller, &input.key_id, all, page)?;
        let entry = |material: &_| shapes::rotation(&key, material);
        let (next_marker, truncated) = further(marker);
        let rotations = Some(items.iter().map(entry).collect());
        Ok(ListKeyRotationsResponse { rotations, next_marker, truncated })
    }

    async fn rotate_key_on_demand(
        &self,
        input: &RotateKeyOnDemandRequest<'_>,
    ) -> Result<RotateKeyOnDemandResponse<'static>, Refused> {
        let key = self.keys.rotate_on_demand(self.caller, &input.key_id).await?;
        Ok(RotateKeyOnDemandResponse { key_id: own(&key.arn) })
    }

    async fn create_grant(
        &self,
        input: &CreateGrantRequest<'_>,
    ) -> Result<CreateGrantResponse<'static>, Refused> {
        let new = shapes::grant_given(input)?;
        let (tokens, dry_run) = (texts(&input.grant_tokens), input.dry_run.unwrap_or(false));
        let grant = self.keys.create_grant(self.caller, &input.key_id, &new, &tokens, dry_run).await?;
        Ok(CreateGrantResponse { grant_token: own(grant.token()), grant_id: own(grant.id) })
    }

    async fn list_grants(
        &self,
        input: &ListGrantsRequest<'_>,
    ) -> Result<ListGrantsResponse<'static>, Refused> {
        let page = page(input.limit, &input.marker, GRANTS_DEFAULT, GRANTS_MAX);
        if input.grantee_service_principal.is_some() {
            return Ok(ListGrantsResponse {
                grants: Some(Vec::new()),
                next_marker: None,
                truncated: Some(false),
            });
        }
        let (grantee, id) = (input.grantee_principal.as_deref(), input.grant_id.as_deref());
        let Listed { items: grants, marker } =
            self.keys.list_grants(self.caller, &input.key_id, grantee, id, page)?;
        let grants = grants.iter().map(|grant| shapes::grant(grant)).collect();
        let (next_marker, truncated) = further(marker);
        Ok(ListGrantsResponse { grants: Some(grants), next_marker, truncated })
    }

    async fn list_retirable_grants(
        &self,
        input: &ListRetirableGrantsRequest<'_>,
    ) -> Result<ListGrantsResponse<'static>, Refused> {
        let page = page(input.limit, &input.marker, GRANTS_DEFAULT, GRANTS_MAX);
        let Some(retiring) = &input.retiring_principal else {
            return Err(Refused::Invalid("RetiringPrincipal has to be given."));
        };
        let Listed { items: grants, marker } =
            self.keys.list_retirable_grants(self.caller, retiring, page)?;
        let grants = grants.iter().map(|grant| shapes::grant(grant)).collect();
        let (next_marker, truncated) = further(marker);
        Ok(ListGrantsResponse { grants: Some(grants), next_marker, truncated })
    }

    async fn retire_grant(&self, input: &RetireGrantRequest<'_>) -> Result<(), Refused> {
        let named = input.key_id.as_deref().zip(input.grant_id.as_deref());
        let dry_run = input.dry_run.unwrap_or(false);
        Ok(self.keys.retire_grant(self.caller, input.grant_token.as_deref(), named, dry_run).await?)
    }

    async fn revoke_grant(&self, input: &RevokeGrantRequest<'_>) -> Result<(), Refused> {
        let dry_run = input.dry_run.unwrap_or(false);
        Ok(self.keys.revoke_grant(self.caller, &input.key_id, &input.grant_id, dry_run).await?)
    }

    async fn encrypt(&self, input: &EncryptRequest<'_>) -> Result<EncryptResponse<'static>, Refused> {
        check_algorithm(input.encryption_algorithm)?;
        let (context, tokens) = (context(&input.encryption_context)?, texts(&input.grant_tokens));
        let dry_run = input.dry_run.unwrap_or(false);
        let with = Use { grant_tokens: &tokens, dry_run, ..Use::with(&context) };
        let plaintext = bytes_of(&input.plaintext)?;
        let Encrypted { key, blob, .. } =
            self.keys.encrypt(self.caller, &input.key_id, &plaintext, &with).await?;
        Ok(EncryptResponse {
            ciphertext_blob: Some(blob.into()),
            key_id: own(key),
            encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
        })
    }

    async fn decrypt(&self, input: &DecryptRequest<'_>) -> Result<DecryptResponse<'static>, Refused> {
        check_algorithm(input.encryption_algorithm)?;
        refuse_recipient(&input.recipient)?;
        let (context, tokens) = (context(&input.encryption_context)?, texts(&input.grant_tokens));
        let dry_run = input.dry_run.unwrap_or(false);
        let with = Use { grant_tokens: &tokens, dry_run, ..Use::with(&context) };
        let blob = input.ciphertext_blob.as_ref().ok_or(Refused::Invalid(NO_CIPHERTEXT))?;
        let blob = bytes_of(blob)?;
        let done = self.keys.decrypt(self.caller, &blob, input.key_id.as_deref(), &with).await?;
        Ok(DecryptResponse {
            key_id: own(done.key),
            plaintext: Some(done.plaintext.expose().to_vec().into()),
            encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
            key_material_id: own(done.material),
            ..Default::default()
        })
    }

    async fn data_key(
        &self,
        operation: KeyOperation,
        key: &str,
        bytes: usize,
        said: &Option<TextMap<'_>>,
        tokens: &Option<Vec<Cow<'_, str>>>,
        dry_run: Option<bool>,
    ) -> Result<flumen_keys::DataKey, Refused> {
        let (context, tokens) = (context(said)?, texts(tokens));
        let dry_run = dry_run.unwrap_or(false);
        let with = Use { grant_tokens: &tokens, dry_run, ..Use::with(&context) };
        Ok(self.keys.generate_data_key(self.caller, key, bytes, operation, &with).await?)
    }

    async fn generate_data_key(
        &self,
        input: &GenerateDataKeyRequest<'_>,
    ) -> Result<GenerateDataKeyResponse<'static>, Refused> {
        refuse_recipient(&input.recipient)?;
        let GenerateDataKeyRequest { key_id, encryption_context, grant_tokens, dry_run, .. } = input;
        let bytes = data_key_bytes(input.number_of_bytes, input.key_spec)?;
        let operation = KeyOperation::GenerateDataKey;
        let done =
            self.data_key(operation, key_id, bytes, encryption_context, grant_tokens, *dry_run).await?;
        Ok(GenerateDataKeyResponse {
            ciphertext_blob: Some(done.encrypted.blob.into()),
            plaintext: Some(done.plaintext.expose().to_vec().into()),
            key_id: own(done.encrypted.key),
            key_material_id: own(done.encrypted.material),
            ..Default::default()
        })
    }

    async fn generate_data_key_without_plaintext(
        &self,
        input: &GenerateDataKeyWithoutPlaintextRequest<'_>,
    ) -> Result<GenerateDataKeyWithoutPlaintextResponse<'static>, Refused> {
        let GenerateDataKeyWithoutPlaintextRequest {
            key_id, encryption_context, grant_tokens, dry_run, ..
        } = input;
        let bytes = data_key_bytes(input.number_of_bytes, input.key_spec)?;
        let operation = KeyOperation::GenerateDataKeyWithoutPlaintext;
        let done =
            self.data_key(operation, key_id, bytes, encryption_context, grant_tokens, *dry_run).await?;
        Ok(GenerateDataKeyWithoutPlaintextResponse {
            ciphertext_blob: Some(done.encrypted.blob.into()),
            key_id: own(done.encrypted.key),
            key_material_id: own(done.encrypted.material),
        })
    }

    async fn re_encrypt(&self, input: &ReEncryptRequest<'_>) -> Result<ReEncryptResponse<'static>, Refused> {
        check_algorithm(input.source_encryption_algorithm)?;
        check_algorithm(input.destination_encryption_algorithm)?;
        let tokens = texts(&input.grant_tokens);
        let (from, to) =
            (context(&input.source_encryption_context)?, context(&input.destination_encryption_context)?);
        let dry_run = input.dry_run.unwrap_or(false);
        let from = Use { grant_tokens: &tokens, dry_run, ..Use::with(&from) };
        let to = Use { grant_tokens: &tokens, ..Use::with(&to) };
        let blob = input.ciphertext_blob.as_ref().ok_or(Refused::Invalid(NO_CIPHERTEXT))?;
        let blob = bytes_of(blob)?;
        let (from_key, to_key) = (input.source_key_id.as_deref(), &input.destination_key_id);
        let done = self.keys.re_encrypt(self.caller, &blob, (from_key, &from), (to_key, &to)).await?;
        Ok(ReEncryptResponse {
            ciphertext_blob: Some(done.to.blob.into()),
            source_key_id: own(done.from),
            key_id: own(done.to.key),
            source_encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
            destination_encryption_algorithm: Some(EncryptionAlgorithmSpec::SymmetricDefault),
            source_key_material_id: own(done.from_material),
            destination_key_material_id: own(done.to.material),
        })
    }

    async fn generate_random(
        &self,
        input: &GenerateRandomRequest<'_>,
    ) -> Result<GenerateRandomResponse<'static>, Refused> {
        refuse_recipient(&input.recipient)?;
        if input.custom_key_store_id.is_some() {
            return Err(Refused::Unsupported("Custom key stores are not supported.".to_owned()));
        }
        let bytes = input.number_of_bytes.ok_or(Refused::Invalid("Please specify number of bytes."))?;
        let random = self.keys.generate_random(self.caller, usize::try_from(bytes).unwrap_or_default())?;
        Ok(GenerateRandomResponse { plaintext: Some(random.expose().to_vec().into()), ..Default::default() })
    }
}

impl Service for KmsService {
    type RequestKind = ();
    type Fault = Fault;

    const SIGNING_NAME: &'static str = SIGNING_NAME;

    fn is_meant(head: &Head<'_>) -> bool {
        operation_of(head.target).is_some()
    }

    fn resolve(call: &Call<'_>, head: &Head<'_>, _: &Bytes) -> Result<(), Box<Reply>> {
        let operation = operation_of(head.target).and_then(Operation::parse);
        call.is_for(operation.map(|operation| operation as usize));
        Ok(())
    }

    fn audited(operation: usize) -> Audited {
        let operation = Operation::ALL[operation];
        match is_use(operation) {
            true => Audited::Data { read_only: true },
            false => Audited::Management { read_only: !is_command(operation) },
        }
    }

    fn remembered(operation: usize) -> Remembered {
        match is_command(Operation::ALL[operation]) {
            true => Remembered::AskerAndResources,
            false => Remembered::Nothing,
        }
    }

    async fn run(
        &self,
        _: &Resources,
        call: &Call<'_>,
        IdentifiedRequest { caller, head, body, .. }: IdentifiedRequest<'_, ()>,
    ) -> Result<Reply, Fault> {
        let operation = operation_of(head.target).and_then(Operation::parse);
        let operation = operation.ok_or(Fault {
            code: ErrorCode::UnknownOperationException,
            message: None,
            cause: None,
        })?;
        let answer = self.answer(call, caller, operation, body).await?;
        Ok(Reply::new(StatusCode::OK, Some(CONTENT_TYPE), answer))
    }

    fn refuse(_: &Head<'_>, fault: &Fault, _: &Call<'_>) -> Reply {
        let status = status(fault.code.status());
        let is_ours = status.is_server_error();
        let cause = fault.cause.as_ref().or(fault.message.as_ref()).filter(|_| is_ours).cloned();
        let message = fault.message.clone().filter(|_| !is_ours);
        let (code, number) = (fault.code.as_str().into(), fault.code as usize);
        let failed = Failed { code, number, is_ours, cause, message };
        let reply = Reply::new(status, Some(CONTENT_TYPE), fault.body());
        Reply { failed: Some(Box::new(failed)), ..reply }
    }

    fn counted() -> (Vec<&'static str>, Vec<&'static str>) {
        let operations = Operation::ALL.iter().map(|operation| operation.as_str());
        (operations.collect(), ErrorCode::ALL.iter().map(|code| code.as_str()).collect())
    }
}
