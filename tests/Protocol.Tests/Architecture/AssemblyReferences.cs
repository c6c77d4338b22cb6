using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;

namespace Ccr.Protocol.Tests.Architecture;

/// <summary>What an assembly refers to outside of itself, by its metadata: what the compiler put there.</summary>
internal static class AssemblyReferences
{
    /// <summary>"Namespace.Type" and "Namespace.Type::Member" of everything referred to.</summary>
    internal static IReadOnlyList<string> Of(string path)
    {
        using PEReader file = new(File.OpenRead(path));
        MetadataReader metadata = file.GetMetadataReader();
        List<string> names = [];
        foreach (TypeReferenceHandle handle in metadata.TypeReferences)
        {
            names.Add(NameOf(metadata, handle));
        }

        foreach (MemberReferenceHandle handle in metadata.MemberReferences)
        {
            MemberReference member = metadata.GetMemberReference(handle);
            string? parent = member.Parent.Kind switch
            {
                HandleKind.TypeReference => NameOf(metadata, (TypeReferenceHandle)member.Parent),
                HandleKind.TypeSpecification => GenericNameOf(metadata, (TypeSpecificationHandle)member.Parent),
                _ => null,
            };
            if (parent is not null)
            {
                names.Add($"{parent}::{metadata.GetString(member.Name)}");
            }
        }

        return names;
    }

    private static string NameOf(MetadataReader metadata, TypeReferenceHandle handle)
    {
        TypeReference type = metadata.GetTypeReference(handle);
        string name = metadata.GetString(type.Name);
        if (type.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            return $"{NameOf(metadata, (TypeReferenceHandle)type.ResolutionScope)}+{name}";
        }

        string space = metadata.GetString(type.Namespace);
        return space.Length == 0 ? name : $"{space}.{name}";
    }

    // The generic type's own name; its arguments are type references of their own.
    private static string? GenericNameOf(MetadataReader metadata, TypeSpecificationHandle handle)
    {
        BlobReader signature = metadata.GetBlobReader(metadata.GetTypeSpecification(handle).Signature);
        if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
        {
            return null;
        }

        signature.ReadByte(); // class or value type
        EntityHandle type = signature.ReadTypeHandle();
        return type.Kind == HandleKind.TypeReference ? NameOf(metadata, (TypeReferenceHandle)type) : null;
    }
}
