using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Text;

namespace Ccr.Simulation;

/// <summary>
/// What happened, line by line, where somebody wants to read it; and always a hash of it, by which two runs are
/// compared.
/// </summary>
internal sealed class Transcript(SimClock clock, bool written)
{
    private readonly StringBuilder _text = new();
    private ulong _hash = 0xCBF29CE484222325;

    internal bool IsWritten { get; } = written;

    internal ulong Hash => _hash;

    internal string Text => _text.ToString();

    /// <summary>Something that happened at a node.</summary>
    internal void Say(string node, [InterpolatedStringHandlerArgument("")] Line what)
    {
        if (IsWritten)
        {
            Write(' ', node, what.Text);
        }
    }

    /// <summary>A fault that was put in; its words are not in the hash, which is the same where nobody reads.</summary>
    internal void Fault(string node, string what)
    {
        Mix((ulong)node.Length);
        if (IsWritten)
        {
            Write('!', node, what);
        }
    }

    /// <summary>Something that a reader need not see, but that two equal runs must have in common.</summary>
    internal void Mix(ulong value) =>
        _hash = BitOperations.RotateLeft((_hash ^ value ^ ((ulong)clock.NowUs << 20)) * 0x100000001B3, 23);

    internal void Mix(ReadOnlySpan<byte> octets)
    {
        ulong hash = (ulong)octets.Length;
        foreach (byte octet in octets)
        {
            hash = (hash ^ octet) * 0x100000001B3;
        }

        Mix(hash);
    }

    private void Write(char mark, string node, string what) => _text.Append(
        CultureInfo.InvariantCulture, $"{clock.NowUs / 1_000_000.0,12:F6} {mark} {node,-10} {what}\n");

    /// <summary>Formats nothing where nobody reads.</summary>
    [InterpolatedStringHandler]
    internal ref struct Line
    {
        private DefaultInterpolatedStringHandler _inner;
        private readonly bool _on;

        public Line(int literalLength, int formattedCount, Transcript transcript, out bool on)
        {
            _on = on = transcript.IsWritten;
            _inner = on
                ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture)
                : default;
        }

        internal string Text => _on ? _inner.ToStringAndClear() : "";

        public void AppendLiteral(string literal) => _inner.AppendLiteral(literal);

        public void AppendFormatted<T>(T value) => _inner.AppendFormatted(value);

        public void AppendFormatted<T>(T value, string? format) => _inner.AppendFormatted(value, format);
    }
}
