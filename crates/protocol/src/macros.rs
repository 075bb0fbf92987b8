//! What generated enumerations have in common.

/// A closed set of names, listed in messages as `$set`.
macro_rules! enumeration {
    ($type:ident $set:literal; $first:ident = $first_name:literal, $($variant:ident = $name:literal,)*) => {
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            #[default]
            $first,
            $($variant,)*
        }

        impl $type {
            pub const ALL: &'static [Self] = &[Self::$first, $(Self::$variant,)*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    Self::$first => $first_name,
                    $(Self::$variant => $name,)*
                }
            }

            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $first_name => Some(Self::$first),
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }

        impl crate::constraint::Enumeration for $type {
            const VALUE_SET: &'static str = $set;

            fn parse(name: &str) -> Option<Self> {
                Self::parse(name)
            }
        }

        impl crate::codec::Encode for $type {
            fn encode<E: crate::codec::Encoder>(&self, to: &mut E) {
                to.plain(self.as_str().as_bytes());
            }
        }
    };
}

/// The operations of an API, and whether they are served.
macro_rules! operations {
    ($($name:ident: $served:literal,)*) => {
        /// An operation of the API.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Operation {
            $($name,)*
        }

        impl Operation {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// Names are case-sensitive.
            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// Whether its input and output have types here.
            pub const fn is_served(self) -> bool {
                match self {
                    $(Self::$name => $served,)*
                }
            }
        }
    };
}

/// The codes of error answers, each with its HTTP status.
macro_rules! error_codes {
    ($($name:ident: $status:literal,)*) => {
        /// The code of an error, under its exact name on the wire.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum ErrorCode {
            $($name,)*
        }

        impl ErrorCode {
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            pub fn parse(name: &str) -> Option<Self> {
                match name {
                    $(stringify!($name) => Some(Self::$name),)*
                    _ => None,
                }
            }

            /// The HTTP status of an answer with this code.
            pub const fn status(self) -> u16 {
                match self {
                    $(Self::$name => $status,)*
                }
            }
        }
    };
}

/// Which of the codes each operation may answer with.
macro_rules! operation_codes {
    ($($type:ident: $($code:ident),+;)+) => {$(
        /// The codes that the operation may answer with: those that AWS lists with it, and those of any operation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $type {
            $($code,)+
        }

        impl $type {
            pub const ALL: &'static [Self] = &[$(Self::$code,)+];
        }

        impl From<$type> for ErrorCode {
            fn from(code: $type) -> ErrorCode {
                match code {
                    $($type::$code => ErrorCode::$code,)+
                }
            }
        }
    )+};
}

pub(crate) use {enumeration, error_codes, operation_codes, operations};
