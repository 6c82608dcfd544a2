//! [`LiteralSyntax`]: how an engine writes values into SQL text, for `binds=literal`.
//!
//! Layer 0. The base is standard SQL, as in
//! <https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-CONSTANTS>. What stands between the two
//! parts of a form is fixed: see each setter.

/// How an engine writes values of each type into the text of a statement.
///
/// It is read only when the connection options say `binds=literal`. Whatever a form cannot hold exactly is an error:
/// nothing is rounded or cut. Start from [`LiteralSyntax::ANSI`] and change what differs:
///
/// ```
/// use flightsql_driver::{DecimalLiteral, LiteralForm, LiteralSyntax};
/// const POSTGRES_LIKE: LiteralSyntax = LiteralSyntax::ANSI
///     .with_plain_backslashes(true)
///     .with_binary(LiteralForm::Around("'\\x", "'::bytea"))
///     .with_decimal(DecimalLiteral::Digits { max: 76 })
///     .with_uuid(LiteralForm::Around("CAST('", "' AS UUID)"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LiteralSyntax {
    pub(crate) booleans: (&'static str, &'static str),
    pub(crate) plain_backslashes: bool,
    pub(crate) escaped_quotes: bool,
    pub(crate) unsigned_integers: bool,
    pub(crate) least_is_null: bool,
    pub(crate) text: LiteralForm,
    pub(crate) decimal: DecimalLiteral,
    pub(crate) float: FloatLiteral,
    pub(crate) nan: Option<&'static str>,
    pub(crate) infinities: Option<(&'static str, &'static str)>,
    pub(crate) binary: LiteralForm,
    pub(crate) uuid: Option<LiteralForm>,
    pub(crate) date: LiteralForm,
    pub(crate) time: LiteralForm,
    pub(crate) timestamp: LiteralForm,
    pub(crate) timestamp_with_zone: LiteralForm,
    pub(crate) interval: LiteralForm,
    pub(crate) fraction_digits: u8,
}

/// What stands around the text of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LiteralForm {
    /// Before and behind it: `("DATE '", "'")`. They must be whole tokens together with what stands between.
    Around(&'static str, &'static str),
    /// The engine has no such literal; a value of this type is an error.
    Refused,
}

/// How exact decimals are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecimalLiteral {
    /// `12.50`, for an engine that reads `max` significant digits exactly.
    Digits {
        /// A value with more digits is an error.
        max: u8,
    },
    /// `CAST('12.50' AS DECIMAL(4, 2))`: exact also where the engine takes `12.50` for a floating point number.
    Cast {
        /// The greatest precision of the engine's `DECIMAL`.
        max: u8,
    },
}

/// How floating point numbers are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum FloatLiteral {
    /// `1.25e0`: the shortest digits that give the number again, for an engine that rounds to the nearest.
    Shortest,
    /// `(2814749767106560.0 / 2251799813685248.0)`: whole numbers and powers of two, for an engine that computes with
    /// 64-bit floats but does not read long fractions to the last bit.
    PowersOfTwo,
}

impl LiteralSyntax {
    /// Standard SQL: `TRUE`, `X'00ff'`, `DATE '2026-01-31'`, `TIMESTAMP WITH TIME ZONE '…+00:00'`, `1.5e0`.
    ///
    /// Decimals and whole numbers above `i64::MAX` are casts from text, times have at most six digits after the point,
    /// UUIDs are text, and there are no intervals, no NaN and no infinities: where these are casts from text on one engine,
    /// such a cast gives 0 on the next. Text with a backslash is refused, because engines differ in what it
    /// means, unless the dialect's [`Syntax`](super::Syntax) says that it escapes, or
    /// [`with_plain_backslashes`](Self::with_plain_backslashes) that it does not. A quote is doubled, as every engine
    /// expects but those of Spark's family, which lose it: see [`with_escaped_quotes`](Self::with_escaped_quotes).
    pub const ANSI: LiteralSyntax = LiteralSyntax {
        booleans: ("TRUE", "FALSE"),
        plain_backslashes: false,
        escaped_quotes: false,
        unsigned_integers: false,
        least_is_null: false,
        text: LiteralForm::Around("", ""),
        decimal: DecimalLiteral::Cast { max: 38 },
        float: FloatLiteral::Shortest,
        nan: None,
        infinities: None,
        binary: LiteralForm::Around("X'", "'"),
        uuid: Some(LiteralForm::Around("'", "'")),
        date: LiteralForm::Around("DATE '", "'"),
        time: LiteralForm::Around("TIME '", "'"),
        timestamp: LiteralForm::Around("TIMESTAMP '", "'"),
        timestamp_with_zone: LiteralForm::Around("TIMESTAMP WITH TIME ZONE '", "'"),
        interval: LiteralForm::Refused,
        fraction_digits: 6,
    };

    /// The words for true and false.
    #[must_use]
    pub const fn with_booleans(mut self, yes: &'static str, no: &'static str) -> Self {
        self.booleans = (yes, no);
        self
    }

    /// Whether `\` in `'…'` stands for itself, as the standard says. Say so only when it is certain: on an engine where
    /// it escapes, a value could end its own string. Without meaning where the dialect's
    /// [`Syntax`](super::Syntax) says that it escapes; there it is doubled.
    #[must_use]
    pub const fn with_plain_backslashes(mut self, on: bool) -> Self {
        self.plain_backslashes = on;
        self
    }

    /// Whether a quote in a string is written `\'` and not `''`. Spark reads `'it''s'` as two strings side by side and
    /// loses the quote. Without meaning unless the dialect's [`Syntax`](super::Syntax) says that a backslash escapes.
    #[must_use]
    pub const fn with_escaped_quotes(mut self, on: bool) -> Self {
        self.escaped_quotes = on;
        self
    }

    /// Whether whole numbers up to `u64::MAX` may be written as digits. Otherwise those above `i64::MAX` are
    /// written as decimals.
    #[must_use]
    pub const fn with_unsigned_integers(mut self, on: bool) -> Self {
        self.unsigned_integers = on;
        self
    }

    /// Whether the engine keeps NULL as the least value of a type, as Deephaven does. Then `i32::MIN` is written as one of
    /// 64 bits, and `i64::MIN` and the least 64-bit float are refused: they would be NULL.
    #[must_use]
    pub const fn with_least_as_null(mut self, on: bool) -> Self {
        self.least_is_null = on;
        self
    }

    /// Around text in its quotes (`'it''s'`), for an engine that does not read every string as text: `CAST(… AS VARCHAR)`
    /// on Deephaven, where one character is a number.
    #[must_use]
    pub const fn with_text(mut self, form: LiteralForm) -> Self {
        self.text = form;
        self
    }

    /// How exact decimals are written.
    #[must_use]
    pub const fn with_decimal(mut self, decimal: DecimalLiteral) -> Self {
        self.decimal = decimal;
        self
    }

    /// How floating point numbers are written.
    #[must_use]
    pub const fn with_float(mut self, float: FloatLiteral) -> Self {
        self.float = float;
        self
    }

    /// The expression for a floating point NaN; `None`: the engine has none.
    #[must_use]
    pub const fn with_nan(mut self, nan: Option<&'static str>) -> Self {
        self.nan = nan;
        self
    }

    /// The expressions for the positive and the negative infinity; `None`: the engine has none.
    #[must_use]
    pub const fn with_infinities(
        mut self,
        infinities: Option<(&'static str, &'static str)>,
    ) -> Self {
        self.infinities = infinities;
        self
    }

    /// Around the lower-case hexadecimal digits of bytes, two for each.
    #[must_use]
    pub const fn with_binary(mut self, form: LiteralForm) -> Self {
        self.binary = form;
        self
    }

    /// Around the text of a UUID, lower case with hyphens.
    #[must_use]
    pub const fn with_uuid(mut self, form: LiteralForm) -> Self {
        self.uuid = Some(form);
        self
    }

    /// A UUID is written as its 16 bytes, as [`with_binary`](Self::with_binary) says.
    #[must_use]
    pub const fn with_uuid_as_binary(mut self) -> Self {
        self.uuid = None;
        self
    }

    /// Around `2026-01-31`; years are 1 to 9999.
    #[must_use]
    pub const fn with_date(mut self, form: LiteralForm) -> Self {
        self.date = form;
        self
    }

    /// Around `23:59:59` or `23:59:59.25`.
    #[must_use]
    pub const fn with_time(mut self, form: LiteralForm) -> Self {
        self.time = form;
        self
    }

    /// Around `2026-01-31 23:59:59` or `2026-01-31 23:59:59.25`, of a timestamp without a zone.
    #[must_use]
    pub const fn with_timestamp(mut self, form: LiteralForm) -> Self {
        self.timestamp = form;
        self
    }

    /// Around `2026-01-31 23:59:59.25+00:00`, of an instant; always in UTC.
    #[must_use]
    pub const fn with_timestamp_with_zone(mut self, form: LiteralForm) -> Self {
        self.timestamp_with_zone = form;
        self
    }

    /// Around `1 months -2 days 3.5 seconds`.
    #[must_use]
    pub const fn with_interval(mut self, form: LiteralForm) -> Self {
        self.interval = form;
        self
    }

    /// How many digits after the point of a second the engine keeps, 9 at most; a value with more is an error.
    #[must_use]
    pub const fn with_fraction_digits(mut self, digits: u8) -> Self {
        self.fraction_digits = digits;
        self
    }
}

impl Default for LiteralSyntax {
    fn default() -> Self {
        Self::ANSI
    }
}
