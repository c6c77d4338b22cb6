namespace Ccr.LogDamage.Tests.Disks;

/// <summary>A file's octets, whatever its names are: as programs see them, and as they are on the medium.</summary>
internal sealed class Inode
{
    internal byte[] Cache { get; set; } = [];

    internal byte[] Durable { get; set; } = [];
}

/// <summary>A call that changed what programs see and is not yet known to be on the medium.</summary>
internal abstract record Pending
{
    /// <summary>Octets put into a file.</summary>
    internal sealed record Data(Inode File, long Offset, byte[] Octets) : Pending;

    /// <summary>A file cut or lengthened.</summary>
    internal sealed record Length(Inode File, long Octets) : Pending;

    /// <summary>A file's new length, as it may become durable before the octets that made it.</summary>
    internal sealed record Growth(Inode File, long Octets) : Pending;

    /// <summary>A name given to a new file.</summary>
    internal sealed record Create(string Path, Inode File) : Pending;

    /// <summary>A name changed.</summary>
    internal sealed record Rename(string From, string To) : Pending;

    /// <summary>A name removed.</summary>
    internal sealed record Remove(string Path) : Pending;

    /// <summary>The file whose octets it changes; null: it changes names.</summary>
    internal Inode? Target => this switch
    {
        Data data => data.File,
        Length length => length.File,
        Growth growth => growth.File,
        _ => null,
    };
}
