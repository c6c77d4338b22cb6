using System.Text;
using Ccr.Protocol.Messages;

namespace Ccr.Resources.Files.Store;

/// <summary>A path below the Server's root: '/' between its parts, no way out of the root.</summary>
internal sealed class FilePath
{
    /// <summary>Names that begin like this are the Server's own.</summary>
    internal const string OwnPrefix = ".ccr-";

    private FilePath(string text, string[] parts)
    {
        Text = text;
        Parts = parts;
    }

    /// <summary>The path as it was given.</summary>
    internal string Text { get; }

    /// <summary>Folders, then the file's name.</summary>
    internal IReadOnlyList<string> Parts { get; }

    /// <summary>The file's name in its folder.</summary>
    internal string Name => Parts[^1];

    /// <inheritdoc/>
    public override string ToString() => Text;

    /// <summary>Checks a path of a request.</summary>
    /// <exception cref="StoreRefusedException">It is none; the text says what is wrong.</exception>
    internal static FilePath Parse(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) > FileLimits.PathOctetsMax)
        {
            throw new StoreRefusedException(
                RefusalCode.Limit, $"The path is longer than {FileLimits.PathOctetsMax} octets: use a shorter one.");
        }

        string[] parts = text.Split('/');
        if (parts.Length > FileLimits.PathPartsMax)
        {
            throw new StoreRefusedException(
                RefusalCode.Limit, $"The path has more than {FileLimits.PathPartsMax} parts: use a shallower folder.");
        }

        foreach (string part in parts)
        {
            if (Wrong(part) is { } why)
            {
                throw new StoreRefusedException(
                    RefusalCode.NotPermitted,
                    $"'{Printable(text)}' is not a path below the Server's root: {why}. Write it like 'folder/name'.");
            }
        }

        return new FilePath(text, parts);
    }

    private static string? Wrong(string part)
    {
        if (part.Length == 0)
        {
            return "it begins or ends with '/', or has an empty part";
        }

        if (part is "." or "..")
        {
            return $"'{part}' is not allowed";
        }

        if (part.StartsWith(OwnPrefix, StringComparison.Ordinal))
        {
            return $"names that begin with '{OwnPrefix}' are the Server's own";
        }

        if (part.Any(char.IsControl) || part.Contains('\uFFFD'))
        {
            return "it holds a control character or is not UTF-8";
        }

        return Encoding.UTF8.GetByteCount(part) > FileLimits.PartOctetsMax
            ? $"a part is longer than {FileLimits.PartOctetsMax} octets"
            : null;
    }

    private static string Printable(string text)
    {
        string shown = text.Length > 200 ? text[..200] + "..." : text;
        return new string([.. shown.Select(c => char.IsControl(c) ? '?' : c)]);
    }
}
