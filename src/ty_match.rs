//! How a checked macro compares the type of an argument with the one that the server announced.
//!
//! An argument may be a reference or an `Option` of the type. Method resolution finds which: a call on a wrapper takes the
//! implementation for the wrapper itself where there is one, and else that for a reference to it.
//!
//! Nothing here runs: the macros call it behind `if false`.

use std::marker::PhantomData;

/// Stands for the announced type `T` beside an argument of type `U`.
pub struct WrapSame<T, U>(PhantomData<T>, PhantomData<U>);

impl<T, U> std::fmt::Debug for WrapSame<T, U> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("WrapSame")
    }
}

impl<T, U> WrapSame<T, U> {
    /// `T` beside the type of `_argument`.
    pub fn new(_argument: &U) -> Self {
        Self(PhantomData, PhantomData)
    }
}

/// `Option<T>` where the argument is an `Option`, else `T`.
pub trait WrapSameExt: Sized {
    /// The type to compare with.
    type Wrapped;

    /// Only for its type.
    fn wrap_same(self) -> Self::Wrapped {
        never()
    }
}

impl<T, U> WrapSameExt for WrapSame<T, Option<U>> {
    type Wrapped = Option<T>;
}

impl<T, U> WrapSameExt for &'_ WrapSame<T, U> {
    type Wrapped = T;
}

/// An announced type `T` and an argument's `U`, which may differ by a reference.
pub struct MatchBorrow<T, U>(PhantomData<T>, PhantomData<U>);

impl<T, U> std::fmt::Debug for MatchBorrow<T, U> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MatchBorrow")
    }
}

impl<T, U> MatchBorrow<T, U> {
    /// The announced type's place, and the pair.
    pub fn new(announced: T, _argument: &U) -> (T, Self) {
        (announced, Self(PhantomData, PhantomData))
    }
}

/// `T` where the argument differs from it by references only; else the argument's own type, which the compiler then
/// refuses to assign.
pub trait MatchBorrowExt: Sized {
    /// What is assigned to the place of the announced type.
    type Matched;

    /// Only for its type.
    fn match_borrow(self) -> Self::Matched {
        never()
    }
}

macro_rules! matching {
    ($([$($generics:tt)*] $announced:ty, $argument:ty;)*) => {$(
        impl<$($generics)*> MatchBorrowExt for MatchBorrow<$announced, $argument> {
            type Matched = $announced;
        }
    )*};
}

matching! {
    ['a] &'a str, String;
    ['a] Option<&'a str>, Option<String>;
    ['a] Option<&'a str>, Option<&'a String>;
    ['a, T] &'a [T], Vec<T>;
    ['a, T] Option<&'a [T]>, Option<Vec<T>>;
    ['a, T] Option<&'a [T]>, Option<&'a Vec<T>>;
    ['a, T, const N: usize] &'a [T], [T; N];
    ['a, T, const N: usize] &'a [T], &'a [T; N];
}

impl<T> MatchBorrowExt for MatchBorrow<&'_ T, T> {
    type Matched = T;
}

impl<T> MatchBorrowExt for MatchBorrow<&'_ &'_ T, T> {
    type Matched = T;
}

impl<T> MatchBorrowExt for MatchBorrow<T, &'_ T> {
    type Matched = T;
}

impl<T> MatchBorrowExt for MatchBorrow<T, &'_ &'_ T> {
    type Matched = T;
}

impl<T> MatchBorrowExt for MatchBorrow<Option<&'_ T>, Option<T>> {
    type Matched = Option<T>;
}

impl<T> MatchBorrowExt for MatchBorrow<Option<&'_ &'_ T>, Option<T>> {
    type Matched = Option<T>;
}

impl<T> MatchBorrowExt for MatchBorrow<Option<T>, Option<&'_ T>> {
    type Matched = Option<T>;
}

impl<T> MatchBorrowExt for MatchBorrow<Option<T>, Option<&'_ &'_ T>> {
    type Matched = Option<T>;
}

impl<T, U> MatchBorrowExt for &'_ MatchBorrow<T, U> {
    type Matched = U;
}

/// A value of the type of `_value`, so that an expression is evaluated once.
pub fn dupe_value<T>(_value: &T) -> T {
    never()
}

#[expect(clippy::panic, reason = "behind `if false` in every expansion")]
fn never<T>() -> T {
    panic!("this only has a type and is never run")
}
