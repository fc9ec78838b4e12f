//! The clients of stores, as the environment configures them.
//!
//! What is read is what the crate `object_store` reads of variables that begin with `AWS_`, `GOOGLE_` and `AZURE_`: keys and
//! tokens, web identity, roles of containers and instances, region and endpoint; and profiles of the AWS tools. Limits of time are
//! set here where the environment has none.

use std::sync::Arc;
use std::time::Duration;

use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::azure::{AzureConfigKey, MicrosoftAzureBuilder};
use object_store::gcp::{GoogleCloudStorageBuilder, GoogleConfigKey};
use object_store::{BackoffConfig, ClientConfigKey, Error, ObjectStore, RetryConfig};

use crate::store::cause::text_of;
use crate::store::profile::profile;
use crate::store::{StoreAddress, StoreKind};

/// How long a request may take. A part of an upload has 8 MiB, which are 4 Mbit/s with four at once.
const REQUEST: (ClientConfigKey, &str) = (ClientConfigKey::Timeout, "120 seconds");
/// How long a connection may take.
const CONNECTION: (ClientConfigKey, &str) = (ClientConfigKey::ConnectTimeout, "5 seconds");

/// Some fifteen seconds of tries, the pauses between which are drawn at random; not more than a minute, and the time limit of one
/// request.
fn retries() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(400),
            max_backoff: Duration::from_secs(6),
            base: 2.,
        },
        max_retries: 7,
        retry_timeout: Duration::from_secs(60),
    }
}

/// Whether the environment has no variable of this name.
fn is_unset(name: &str) -> bool {
    std::env::var_os(name).is_none()
}

/// The client of the bucket of an address.
pub(super) fn client(address: &StoreAddress) -> Result<Arc<dyn ObjectStore>, String> {
    made(address).map_err(|failure| match failure {
        Failure::Profile(what) => what,
        Failure::Client(error) => text_of(&error),
    })
}

/// Why there is no client.
enum Failure {
    Profile(String),
    Client(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Client(error)
    }
}

fn made(address: &StoreAddress) -> Result<Arc<dyn ObjectStore>, Failure> {
    let limits = |prefix: &str| {
        let limits = [("TIMEOUT", REQUEST), ("CONNECT_TIMEOUT", CONNECTION)];
        let unset = limits.into_iter().filter(|(name, _)| is_unset(&format!("{prefix}_{name}")));
        unset.map(|(_, limit)| limit).collect::<Vec<_>>()
    };
    Ok(match address.kind() {
        StoreKind::S3 => {
            let mut builder = with_profile(AmazonS3Builder::from_env())?;
            for (key, value) in limits("AWS") {
                builder = builder.with_config(AmazonS3ConfigKey::Client(key), value);
            }
            Arc::new(builder.with_bucket_name(address.bucket()).with_retry(retries()).build()?)
        }
        StoreKind::Gcs => {
            let mut builder = GoogleCloudStorageBuilder::from_env();
            for (key, value) in limits("GOOGLE") {
                builder = builder.with_config(GoogleConfigKey::Client(key), value);
            }
            Arc::new(builder.with_bucket_name(address.bucket()).with_retry(retries()).build()?)
        }
        StoreKind::Azure => {
            let mut builder = MicrosoftAzureBuilder::from_env();
            for (key, value) in limits("AZURE") {
                builder = builder.with_config(AzureConfigKey::Client(key), value);
            }
            Arc::new(builder.with_container_name(address.bucket()).with_retry(retries()).build()?)
        }
    })
}

/// Adds what the chosen profile has and the environment has not.
fn with_profile(mut builder: AmazonS3Builder) -> Result<AmazonS3Builder, Failure> {
    let variable = |name: &str| std::env::var(name).ok();
    let profile = profile(variable, std::env::home_dir().as_deref()).map_err(Failure::Profile)?;
    if let Some((key, secret, token)) = profile.keys {
        builder = builder.with_access_key_id(key).with_secret_access_key(secret);
        if let Some(token) = token {
            builder = builder.with_token(token);
        }
    }
    if let Some(region) = profile.region.filter(|_| is_unset("AWS_REGION") && is_unset("AWS_DEFAULT_REGION"))
    {
        builder = builder.with_region(region);
    }
    let has_endpoint =
        !is_unset("AWS_ENDPOINT_URL") || !is_unset("AWS_ENDPOINT_URL_S3") || !is_unset("AWS_ENDPOINT");
    if let Some(endpoint) = profile.endpoint.filter(|_| !has_endpoint) {
        builder = builder.with_endpoint(endpoint);
    }
    Ok(builder)
}
