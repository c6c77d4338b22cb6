namespace Ccr.Artemis;

/// <summary>A group that this process has claimed and opened.</summary>
/// <param name="Claim">Keeps others away until it is disposed of.</param>
/// <param name="Store">What the group keeps.</param>
internal sealed record OpenedGroup(IDisposable Claim, GroupStore Store) : IDisposable
{
    /// <summary>Claims a group and opens it.</summary>
    /// <exception cref="IOException">Another process serves it.</exception>
    /// <exception cref="InvalidDataException">The journal is damaged; the message says where.</exception>
    internal static OpenedGroup Open(GroupFolder folder, GroupSettings settings)
    {
        IDisposable claim = folder.Claim();
        try
        {
            return new OpenedGroup(
                claim, GroupStore.Open(new DiskFolder(folder.Root), new DiskFolder(folder.Segments), settings));
        }
        catch
        {
            claim.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        Store.Dispose();
        Claim.Dispose();
    }
}
