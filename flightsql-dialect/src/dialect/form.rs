//! Serialized forms of a dialect's fields that serde does not provide: `false` for "none", seconds.
//!
//! They are implemented by hand, because an untagged enum of serde hides the cause of an error.

/// `false` for `None`: TOML has no null, and a file must be able to unset a value of the dialect that it extends.
pub(super) mod or_false {
    use std::fmt;
    use std::marker::PhantomData;

    use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
    use serde::de::{
        Deserialize, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Visitor,
    };
    use serde::{Serialize, Serializer};

    pub(in crate::dialect) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<T>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(value) => value.serialize(serializer),
            None => serializer.serialize_bool(false),
        }
    }

    pub(in crate::dialect) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<T>, D::Error> {
        deserializer.deserialize_any(OrFalse(PhantomData))
    }

    struct OrFalse<T>(PhantomData<T>);

    impl<'de, T: Deserialize<'de>> Visitor<'de> for OrFalse<T> {
        type Value = Option<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("false, or a value")
        }

        fn visit_bool<E: Error>(self, on: bool) -> Result<Self::Value, E> {
            match on {
                false => Ok(None),
                true => Err(E::custom("expected false, or a value")),
            }
        }

        fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
            T::deserialize(value.into_deserializer()).map(Some)
        }

        fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
            T::deserialize(value.into_deserializer()).map(Some)
        }

        fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
            T::deserialize(value.into_deserializer()).map(Some)
        }

        fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
            T::deserialize(text.into_deserializer()).map(Some)
        }

        fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
            T::deserialize(SeqAccessDeserializer::new(items)).map(Some)
        }

        fn visit_map<A: MapAccess<'de>>(self, entries: A) -> Result<Self::Value, A::Error> {
            T::deserialize(MapAccessDeserializer::new(entries)).map(Some)
        }
    }
}

/// A duration as seconds, or `false` for `None`.
pub(super) mod seconds_or_false {
    use std::time::Duration;

    use serde::de::{Deserialize, Deserializer, Error};
    use serde::{Serialize, Serializer};

    use super::or_false;

    pub(in crate::dialect) fn serialize<S: Serializer>(
        value: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match value {
            Some(time) if time.subsec_nanos() == 0 => time.as_secs().serialize(serializer),
            Some(time) => time.as_secs_f64().serialize(serializer),
            None => serializer.serialize_bool(false),
        }
    }

    pub(in crate::dialect) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        let seconds: Option<Seconds> = or_false::deserialize(deserializer)?;
        Ok(seconds.map(|Seconds(time)| time))
    }

    struct Seconds(Duration);

    impl<'de> Deserialize<'de> for Seconds {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            let seconds = f64::deserialize(deserializer)?;
            Duration::try_from_secs_f64(seconds)
                .map(Self)
                .map_err(|_| D::Error::custom("expected false, or a number of seconds"))
        }
    }
}
