//! Files of trails, read as S3 serves them: so much of it that AWS's own tools read and validate them. Source:
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html>
//!
//! There is no writing here: whatever would change something is refused.

mod errors;
mod list;
mod request;
mod xml;

use std::sync::Arc;

use bytes::Bytes;
use flumen_access::{Action, Caller, Resource, decide};
use flumen_audit::trails::Deliverer;
use flumen_audit::{Listed, Metadata, Object, ObjectError, Objects};
use flumen_protocol::Fault;
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use jiff::Timestamp;

use crate::audit::Audited;
use crate::call::{Call, Failed};
use crate::memory::Share;
use crate::reply::{Reply, status};
use crate::service::{Head, IdentifiedRequest, Service};
use crate::{Resources, forms};

use errors::{CODES, Refused};
use request::{Operation, S3Request, range};

/// The name by which requests are signed.
const SIGNING_NAME: &str = "s3";
const XML: &str = "application/xml";
const JSON: &str = "application/json";
const GZIP: HeaderValue = HeaderValue::from_static("gzip");
const BYTES: HeaderValue = HeaderValue::from_static("bytes");
const BUCKET_REGION: HeaderName = HeaderName::from_static("x-amz-bucket-region");
const META: &str = "x-amz-meta-";

const GET_BUCKET_LOCATION: Action = Action("s3:GetBucketLocation");
const LIST_BUCKET: Action = Action("s3:ListBucket");
const GET_OBJECT: Action = Action("s3:GetObject");

/// Whether a request that has no target is for here: those that GET and PUT without one are of no other service.
pub fn is_for_files(head: &http::request::Parts) -> bool {
    AuditFiles::is_meant(&Head::of(head))
}

/// The files of all trails.
pub struct AuditFiles(pub Deliverer);

/// One request of a known caller.
struct Request<'a> {
    deliverer: &'a Deliverer,
    caller: &'a Caller,
    s3: &'a S3Request,
}

impl Request<'_> {
    /// Whose the bucket is; where it is nobody's it would be the caller's own.
    fn account(&self) -> (String, bool) {
        match self.deliverer.trails().owner(&self.s3.bucket) {
            Some(owner) => (owner, true),
            None => (self.caller.principal().account().to_owned(), false),
        }
    }

    fn may(&self, action: Action, arn: &str) -> Result<(), Refused> {
        let (account, _) = self.account();
        decide(self.caller, &[action], Resource::new(&account, &arn)).map(|_| ()).map_err(Refused::Denied)
    }

    /// Whether the caller may do it with the bucket, and it is there.
    fn may_with_bucket(&self, action: Action) -> Result<(), Refused> {
        self.may(action, &format!("arn:aws:s3:::{}", self.s3.bucket))?;
        if self.account().1 { Ok(()) } else { Err(Refused::NoBucket(self.s3.bucket.clone())) }
    }

    fn may_get(&self) -> Result<(), Refused> {
        let S3Request { bucket, key, .. } = self.s3;
        self.may(GET_OBJECT, &format!("arn:aws:s3:::{bucket}/{key}"))?;
        if self.account().1 { Ok(()) } else { Err(Refused::NoBucket(bucket.clone())) }
    }

    /// Of an object that is not there whoever may not list is told nothing.
    fn no_key(&self) -> Refused {
        match self.may_with_bucket(LIST_BUCKET) {
            Ok(()) => Refused::NoKey(self.s3.key.clone()),
            Err(refused) => refused,
        }
    }

    /// Where a bucket is: at home of the trail that names it.
    fn region(&self) -> String {
        self.deliverer.trails().region_of_bucket(&self.s3.bucket).unwrap_or_else(|| "us-east-1".to_owned())
    }
}

/// Work on files, on threads that may wait for a disk.
async fn blocking<T: Send + 'static>(
    resources: &Resources,
    objects: &Arc<Objects>,
    work: impl FnOnce(&Objects) -> Result<T, ObjectError> + Send + 'static,
) -> Result<T, Refused> {
    let objects = objects.clone();
    match resources.threads.spawn_blocking(move || work(&objects)).await {
        Ok(done) => done.map_err(Refused::Object),
        Err(_) => Err(Refused::EndedEarly),
    }
}

impl AuditFiles {
    async fn answer(&self, resources: &Resources, caller: &Caller, s3: &S3Request) -> Result<Reply, Refused> {
        let request = Request { deliverer: &self.0, caller, s3 };
        match s3.operation {
            Operation::GetBucketLocation => {
                request.may_with_bucket(GET_BUCKET_LOCATION)?;
                Ok(Reply::new(StatusCode::OK, Some(XML), xml::location(&request.region())))
            }
            Operation::HeadBucket => {
                request.may_with_bucket(LIST_BUCKET)?;
                let region = HeaderValue::from_str(&request.region()).map_err(|_| Refused::EndedEarly)?;
                let reply = Reply::new(StatusCode::OK, Some(XML), Bytes::new());
                Ok(Reply { headers: vec![(BUCKET_REGION, region)], ..reply })
            }
            Operation::ListObjects | Operation::ListObjectsV2 => {
                request.may_with_bucket(LIST_BUCKET)?;
                let wanted = list::Wanted::of(s3)?;
                let (bucket, of) = (s3.bucket.clone(), wanted.clone());
                let page =
                    blocking(resources, self.0.objects(), move |objects| list::page(objects, &bucket, &of));
                let body = xml::list(&s3.bucket, &wanted, &page.await?);
                let mut share = Share::default();
                let added = resources.memory.small_answers.add(&mut share, body.len()).await;
                added.map_err(Refused::Common)?;
                Ok(Reply { share, ..Reply::new(StatusCode::OK, Some(XML), body) })
            }
            Operation::HeadObject => {
                request.may_get()?;
                let (bucket, key) = (s3.bucket.clone(), s3.key.clone());
                let head = blocking(resources, self.0.objects(), move |objects| head(objects, &bucket, &key));
                let (listed, metadata) = head.await?.ok_or_else(|| request.no_key())?;
                let mut headers = object_headers(&listed, metadata.iter());
                headers.push((header::CONTENT_LENGTH, HeaderValue::from(listed.bytes)));
                Ok(Reply { headers, ..Reply::new(StatusCode::OK, Some(JSON), Bytes::new()) })
            }
            Operation::GetObject => self.get_object(resources, &request).await,
            Operation::PutObject
            | Operation::DeleteObject
            | Operation::DeleteObjects
            | Operation::CreateBucket
            | Operation::DeleteBucket
            | Operation::Other => Err(Refused::Method),
            Operation::NotServed => Err(Refused::NotServed),
        }
    }

    async fn get_object(&self, resources: &Resources, request: &Request<'_>) -> Result<Reply, Refused> {
        request.may_get()?;
        let (bucket, key) = (request.s3.bucket.clone(), request.s3.key.clone());
        let size = blocking(resources, self.0.objects(), {
            let (bucket, key) = (bucket.clone(), key.clone());
            move |objects| Ok(head(objects, &bucket, &key)?.map(|(listed, _)| listed.bytes))
        });
        let bytes = size.await?.ok_or_else(|| request.no_key())?;
        let mut share = Share::default();
        let bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
        resources.memory.answers.add(&mut share, bytes).await.map_err(Refused::Common)?;
        let object = blocking(resources, self.0.objects(), move |objects| {
            let Some(object) = object(objects, &bucket, &key)? else { return Ok(None) };
            let listed = Listed::of(&key, &object);
            Ok(Some((object, listed)))
        });
        let (Object { content, metadata, .. }, listed) = object.await?.ok_or_else(|| request.no_key())?;
        let mut headers = object_headers(&listed, metadata.iter());
        let whole = content.len();
        let (status, content) = match range(request.s3.range.as_deref(), whole) {
            None => (StatusCode::OK, Bytes::from(content)),
            Some(Ok(part)) => {
                let said = format!("bytes {}-{}/{whole}", part.start, part.end.saturating_sub(1));
                headers.push((
                    header::CONTENT_RANGE,
                    HeaderValue::from_str(&said).map_err(|_| Refused::EndedEarly)?,
                ));
                (StatusCode::PARTIAL_CONTENT, Bytes::from(content).slice(part))
            }
            Some(Err(())) => return Err(Refused::Range { whole }),
        };
        Ok(Reply { headers, share, ..Reply::new(status, Some(JSON), content) })
    }
}

/// What is there. Of a damaged object that is its file's bytes without any metadata: whoever validates the chain is to see
/// that it is there and is not what was put, and to go on to the others.
fn object(objects: &Objects, bucket: &str, key: &str) -> Result<Option<Object>, ObjectError> {
    match objects.get(bucket, key) {
        Err(error @ ObjectError::Damaged { .. }) => {
            tracing::warn!(%error, "a file of the audit is answered as it lies there");
            objects.get_damaged(bucket, key)
        }
        object => object,
    }
}

/// The same without the content.
fn head(objects: &Objects, bucket: &str, key: &str) -> Result<Option<(Listed, Metadata)>, ObjectError> {
    match objects.head(bucket, key) {
        Err(ObjectError::Damaged { .. }) => {
            let listed = objects.list(bucket, key, "", 1)?.into_iter().find(|listed| listed.key == key);
            Ok(listed.map(|listed| (listed, Metadata::new())))
        }
        head => head,
    }
}

fn object_headers<'m>(
    listed: &Listed,
    metadata: impl Iterator<Item = (&'m String, &'m String)>,
) -> Vec<(HeaderName, HeaderValue)> {
    let text = |text: &str| HeaderValue::from_str(text).ok();
    let seconds = i64::try_from(listed.modified_ms / 1000).unwrap_or(i64::MAX);
    let modified = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
    let modified = modified.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string();
    let own = [
        (header::ETAG, text(&format!("\"{}\"", listed.etag))),
        (header::LAST_MODIFIED, text(&modified)),
        (header::ACCEPT_RANGES, Some(BYTES)),
        (header::CONTENT_ENCODING, Some(GZIP)),
    ];
    let of_meta = |(name, value): (&String, &String)| {
        Some((HeaderName::try_from(format!("{META}{name}")).ok()?, text(value)?))
    };
    let own = own.into_iter().filter_map(|(name, value)| Some((name, value?)));
    own.chain(metadata.filter_map(of_meta)).collect()
}

impl Service for AuditFiles {
    type RequestKind = S3Request;
    type Fault = Refused;

    const SIGNING_NAME: &'static str = SIGNING_NAME;

    /// By the scope of the signature alone, wherever that stands.
    fn is_meant(head: &Head<'_>) -> bool {
        let authorization = head.headers.get(header::AUTHORIZATION).and_then(|text| text.to_str().ok());
        authorization.is_some_and(|text| forms::is_scope_of(text, SIGNING_NAME))
            || head.uri.query().is_some_and(request::is_signed_for_s3)
    }

    fn resolve(call: &Call<'_>, head: &Head<'_>, _: &Bytes) -> Result<S3Request, Box<Reply>> {
        let s3 = S3Request::of(head);
        call.is_for(Some(s3.operation as usize));
        Ok(s3)
    }

    fn audited(operation: usize) -> Audited {
        match Operation::ALL[operation] {
            Operation::ListObjects
            | Operation::ListObjectsV2
            | Operation::GetObject
            | Operation::HeadObject => Audited::Data { read_only: true },
            Operation::GetBucketLocation | Operation::HeadBucket | Operation::NotServed => {
                Audited::Management { read_only: true }
            }
            // Whoever tries to change what was done is told of.
            Operation::PutObject
            | Operation::DeleteObject
            | Operation::DeleteObjects
            | Operation::CreateBucket
            | Operation::DeleteBucket
            | Operation::Other => Audited::Management { read_only: false },
        }
    }

    async fn run(
        &self,
        resources: &Resources,
        _: &Call<'_>,
        IdentifiedRequest { kind, caller, head, .. }: IdentifiedRequest<'_, S3Request>,
    ) -> Result<Reply, Refused> {
        let s3 = kind.named_by(head, |bucket| self.0.trails().owner(bucket).is_some());
        self.answer(resources, caller, &s3).await
    }

    fn refuse(head: &Head<'_>, refused: &Refused, call: &Call<'_>) -> Reply {
        let told = refused.told();
        let number = CODES.iter().position(|code| *code == told.code).unwrap_or_default();
        let status = status(told.status);
        let is_ours = status.is_server_error() && told.code == errors::INTERNAL;
        let cause = is_ours.then(|| refused.to_string());
        let message = (!is_ours).then(|| told.message.clone());
        let failed = Failed { code: told.code.into(), number, is_ours, cause, message };
        let body = match head.method {
            Method::HEAD => Vec::new(),
            _ => xml::error(&told, head.uri.path(), call.id()),
        };
        let mut reply = Reply::new(status, Some(XML), body);
        if let Refused::Range { whole } = refused
            && let Ok(said) = HeaderValue::from_str(&format!("bytes */{whole}"))
        {
            reply.headers.push((header::CONTENT_RANGE, said));
        }
        Reply { failed: Some(Box::new(failed)), ..reply }
    }

    fn counted() -> (Vec<&'static str>, Vec<&'static str>) {
        (Operation::ALL.iter().map(|operation| operation.as_str()).collect(), CODES.to_vec())
    }
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Refused::Common(fault)
    }
}
