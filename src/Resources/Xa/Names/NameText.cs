using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ccr.Protocol;
using Ccr.Protocol.Names;

namespace Ccr.Resources.Xa;

/// <summary>
/// The parts of a branch's name as text. Only letters, digits, '-', '_', '.' and '~' are used, so that a name needs
/// no quoting; '/' stands between the parts. Numbers are base 36, octets base64url. What is read may be written in
/// another way by somebody else: the readers of whole names compare with what we would have written.
/// </summary>
internal static class NameText
{
    /// <summary>Stands for a title that the name has already said.</summary>
    internal const string Same = "~";

    private static readonly SearchValues<byte> PlainOctets =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-"u8);

    private const string Digits = "0123456789abcdefghijklmnopqrstuvwxyz";

    /// <summary>The node's name, or "X" and the title's octets.</summary>
    internal static string Of(AeTitle title) =>
        title.Node.IsNone ? "X" + Base64Url.EncodeToString(title.Encoded) : title.Node.Value;

    /// <summary>
    /// "cEPOCH.COUNTER" for our own shape, "iN" for an integer ("i-N" below zero), "t" and the text itself when it is
    /// all of [a-z0-9-], else "x" and the octets.
    /// </summary>
    internal static string Of(Suffix suffix)
    {
        if (suffix.IsInteger)
        {
            return suffix.Integer < 0
                ? $"i-{Of(unchecked((ulong)-suffix.Integer))}"
                : $"i{Of((ulong)suffix.Integer)}";
        }

        if (suffix.TryGetCounter(out uint epoch, out ulong counter))
        {
            return $"c{Of(epoch)}.{Of(counter)}";
        }

        return IsPlain(suffix.Octets)
            ? "t" + Encoding.ASCII.GetString(suffix.Octets)
            : "x" + Base64Url.EncodeToString(suffix.Octets);
    }

    /// <summary>22 characters.</summary>
    internal static string Of(LogIdentity log)
    {
        Span<byte> octets = stackalloc byte[LogIdentity.Octets];
        log.Write(octets);
        return Base64Url.EncodeToString(octets);
    }

    /// <summary>Base 36.</summary>
    internal static string Of(ulong number)
    {
        Span<char> text = stackalloc char[13];
        int at = text.Length;
        do
        {
            text[--at] = Digits[(int)(number % 36)];
            number /= 36;
        }
        while (number > 0);

        return text[at..].ToString();
    }

    internal static bool TryReadTitle(string text, [NotNullWhen(true)] out AeTitle? title)
    {
        title = null;
        if (NodeName.TryParse(text, out NodeName node))
        {
            title = AeTitle.Of(node);
        }
        else if (text.Length > 1 && text[0] == 'X' && TryReadOctets(text.AsSpan(1), out byte[] octets))
        {
            title = AeTitle.FromCanonical(octets);
        }

        return title is not null;
    }

    internal static bool TryReadSuffix(string text, out Suffix suffix)
    {
        suffix = default;
        ReadOnlySpan<char> rest = text.AsSpan(Math.Min(1, text.Length));
        switch (text.Length > 1 ? text[0] : '\0')
        {
            case 'c':
                return TryReadCounter(rest, out suffix);
            case 'i':
                return TryReadInteger(rest, out suffix);
            case 't' when rest.Length <= Limits.SuffixOctetsMax && Ascii.IsValid(rest):
                suffix = Suffix.OfOctets(Encoding.ASCII.GetBytes(rest.ToString()));
                return true;
            case 'x' when TryReadOctets(rest, out byte[] octets) && octets.Length <= Limits.SuffixOctetsMax:
                suffix = Suffix.OfOctets(octets);
                return true;
            default:
                return false;
        }
    }

    internal static bool TryReadLog(string text, out LogIdentity log)
    {
        bool read = TryReadOctets(text, out byte[] octets) && octets.Length == LogIdentity.Octets;
        log = read ? LogIdentity.Read(octets) : default;
        return read;
    }

    internal static bool TryReadNumber(ReadOnlySpan<char> text, ulong max, out ulong number)
    {
        number = 0;
        UInt128 sum = 0;
        foreach (char c in text)
        {
            int digit = c is >= '0' and <= '9' ? c - '0' : c is >= 'a' and <= 'z' ? c - 'a' + 10 : -1;
            sum = (sum * 36) + (uint)digit;
            if (digit < 0 || sum > max)
            {
                return false;
            }
        }

        number = (ulong)sum;
        return text.Length > 0;
    }

    private static bool TryReadCounter(ReadOnlySpan<char> text, out Suffix suffix)
    {
        int dot = text.IndexOf('.');
        ulong counter = 0;
        bool read = TryReadNumber(text[..Math.Max(dot, 0)], uint.MaxValue, out ulong epoch)
            && TryReadNumber(text[(dot + 1)..], ulong.MaxValue, out counter);
        suffix = read ? Suffix.OfCounter((uint)epoch, counter) : default;
        return read;
    }

    private static bool TryReadInteger(ReadOnlySpan<char> text, out Suffix suffix)
    {
        bool negative = text[0] == '-';
        bool read = TryReadNumber(negative ? text[1..] : text, 1UL << 63, out ulong number)
            && (negative || number <= long.MaxValue);
        suffix = read ? Suffix.OfInteger(unchecked(negative ? -(long)number : (long)number)) : default;
        return read;
    }

    private static bool TryReadOctets(ReadOnlySpan<char> text, out byte[] octets)
    {
        octets = [];
        if (text.Length > Limits.AeTitleOctetsMax * 2 || !Base64Url.IsValid(text))
        {
            return false;
        }

        octets = Base64Url.DecodeFromChars(text);
        return octets.Length > 0;
    }

    private static bool IsPlain(ReadOnlySpan<byte> octets) =>
        octets.IndexOfAnyExcept(PlainOctets) < 0;
}
