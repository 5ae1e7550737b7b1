// Makes an extension of requant (requant_extension.h) an extension of OpenVINO, too: compiled into
// the same shared library, it answers OpenVINO's core.add_extension with the operators of the table
// that rq_extension() gives. OpenVINO 2022.1 and later; headers and library are those of its wheel.
#include "requant_extension.h"

#include <openvino/core/extension.hpp>
#include <openvino/core/op_extension.hpp>
#include <openvino/op/constant.hpp>
#include <openvino/op/op.hpp>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

namespace {

struct Type {
    int32_t type;
    ov::element::Type element;
};

const std::vector<Type>& types() {
    static const std::vector<Type> table = {
        {RQ_X_F32, ov::element::f32}, {RQ_X_F16, ov::element::f16}, {RQ_X_BF16, ov::element::bf16},
        {RQ_X_F64, ov::element::f64}, {RQ_X_I8, ov::element::i8},   {RQ_X_I16, ov::element::i16},
        {RQ_X_I32, ov::element::i32}, {RQ_X_I64, ov::element::i64}, {RQ_X_U8, ov::element::u8},
        {RQ_X_U16, ov::element::u16}, {RQ_X_U32, ov::element::u32}, {RQ_X_U64, ov::element::u64},
        {RQ_X_BOOL, ov::element::boolean}};
    return table;
}

int32_t type_of(const ov::element::Type& element) {
    for (const Type& t : types())
        if (t.element == element) return t.type;
    return RQ_X_NONE;
}

ov::element::Type element_of(int32_t type) {
    for (const Type& t : types())
        if (t.type == type) return t.element;
    OPENVINO_THROW("an extension gave an output the type ", type, ", which is none");
}

rq_x_tensor tensor_of(const ov::element::Type& element, const ov::Shape& shape, void* data) {
    rq_x_tensor t = {};
    OPENVINO_ASSERT(shape.size() <= RQ_X_MAX_RANK, "extensions take at most 8 dimensions");
    t.type = type_of(element);
    t.rank = static_cast<int32_t>(shape.size());
    std::copy(shape.begin(), shape.end(), t.dims);
    t.data = data;
    return t;
}

// Attributes as they are in the IR, and as the extension takes them.
struct Attributes {
    struct Holder {
        int64_t i = 0;
        double f = 0;
        std::string s;
        std::vector<int64_t> ints;
        std::vector<double> floats;
    };
    std::vector<Holder> holders;

    explicit Attributes(const rq_x_op& row) : holders(row.n_attrs) {
        for (size_t k = 0; k < row.n_attrs; k++)
            if (row.attrs[k].fallback) set(row.attrs[k].kind, holders[k], row.attrs[k].fallback);
    }

    static void set(int32_t kind, Holder& h, const std::string& text) {
        h.i = std::strtoll(text.c_str(), nullptr, 10);
        h.f = std::strtod(text.c_str(), nullptr);
        h.s = text;
        std::istringstream list(text);
        for (std::string item; std::getline(list, item, ',');) {
            if (kind == RQ_X_INTS) h.ints.push_back(std::strtoll(item.c_str(), nullptr, 10));
            if (kind == RQ_X_FLOATS) h.floats.push_back(std::strtod(item.c_str(), nullptr));
        }
    }

    std::vector<rq_x_value> values() const {
        std::vector<rq_x_value> v(holders.size());
        for (size_t k = 0; k < v.size(); k++) {
            const Holder& h = holders[k];
            v[k] = {h.i, h.f, h.s.c_str(), {h.ints.size(), h.ints.data()},
                    {h.floats.size(), h.floats.data()}};
        }
        return v;
    }

    bool visit(const rq_x_op& row, ov::AttributeVisitor& visitor) {
        for (size_t k = 0; k < row.n_attrs; k++) {
            const char* name = row.attrs[k].name;
            Holder& h = holders[k];
            switch (row.attrs[k].kind) {
            case RQ_X_INT: visitor.on_attribute(name, h.i); break;
            case RQ_X_FLOAT: visitor.on_attribute(name, h.f); break;
            case RQ_X_STRING: visitor.on_attribute(name, h.s); break;
            case RQ_X_INTS: visitor.on_attribute(name, h.ints); break;
            case RQ_X_FLOATS: visitor.on_attribute(name, h.floats); break;
            }
        }
        return true;
    }
};

// One operator of the table; its type info is the row's, not the class's.
class Operator : public ov::op::Op {
public:
    Operator(const rq_x_library* library, const rq_x_op* row, const ov::DiscreteTypeInfo* info)
        : library_(library), row_(row), info_(info), attributes_(*row) {}

    const ov::DiscreteTypeInfo& get_type_info() const override { return *info_; }

    bool visit_attributes(ov::AttributeVisitor& visitor) override {
        return attributes_.visit(*row_, visitor);
    }

    std::shared_ptr<ov::Node> clone_with_new_inputs(const ov::OutputVector& inputs) const override {
        auto node = std::make_shared<Operator>(library_, row_, info_);
        node->attributes_ = attributes_;
        node->set_arguments(inputs);
        node->constructor_validate_and_infer_types();
        return node;
    }

    void validate_and_infer_types() override {
        OPENVINO_ASSERT(get_input_size() >= row_->min_in && get_input_size() <= row_->max_in,
                        row_->type, " takes ", row_->min_in, " to ", row_->max_in, " inputs, not ",
                        get_input_size());
        set_output_size(row_->n_out);
        std::vector<rq_x_tensor> a, b;
        bool known = infer_with(64, a);
        bool same = known && infer_with(96, b);
        for (uint32_t i = 0; i < row_->n_out; i++)
            set_output_type(i, element_of(a[i].type),
                            same ? common(a[i], b[i]) : ov::PartialShape::dynamic());
    }

    bool has_evaluate() const override {
        for (size_t i = 0; i < get_input_size(); i++)
            if (!is_handed_over(get_input_element_type(i))) return false;
        for (size_t i = 0; i < get_output_size(); i++)
            if (!is_handed_over(get_output_element_type(i))) return false;
        return true;
    }

    bool evaluate(ov::TensorVector& outputs, const ov::TensorVector& inputs) const override {
        std::vector<rq_x_tensor> in, out(row_->n_out);
        for (const ov::Tensor& t : inputs)
            in.push_back(tensor_of(t.get_element_type(), t.get_shape(), data_of(t)));
        OPENVINO_ASSERT(infer(in, out), row_->type, ": no shapes though all data is there");
        for (size_t i = 0; i < out.size(); i++) {
            outputs[i].set_shape(ov::Shape(out[i].dims, out[i].dims + out[i].rank));
            out[i].data = data_of(outputs[i]);
        }
        std::vector<rq_x_value> values = attributes_.values();
        check(row_->run(values.data(), in.size(), in.data(), out.size(), out.data()), "run");
        return true;
    }

private:
    // What run() sees of floating point is f32 alone.
    static bool is_handed_over(const ov::element::Type& element) {
        return element == ov::element::f32 ||
               (!element.is_real() && type_of(element) != RQ_X_NONE);
    }

    static void* data_of(const ov::Tensor& tensor) {
        return tensor.get_size() ? const_cast<void*>(tensor.data()) : nullptr;
    }

    void check(int code, const char* function) const {
        const char* text = code && library_->explain ? library_->explain(code) : nullptr;
        OPENVINO_ASSERT(code == 0, row_->type, ": ", function, " gave ", code, text ? ": " : "",
                        text ? text : "");
    }

    // False: shapes depend on data that is not there.
    bool infer(const std::vector<rq_x_tensor>& in, std::vector<rq_x_tensor>& out) const {
        std::vector<rq_x_value> values = attributes_.values();
        for (rq_x_tensor& t : out) t.rank = -1;
        int code = row_->infer(values.data(), in.size(), in.data(), out.size(), out.data());
        if (code == RQ_X_LATER) return false;
        check(code, "infer");
        for (const rq_x_tensor& t : out)
            OPENVINO_ASSERT(t.rank >= 0 && t.rank <= RQ_X_MAX_RANK, row_->type,
                            ": infer gave an output ", t.rank, " dimensions");
        return true;
    }

    // Data of an input, where it is constant.
    void* constant(size_t i) const {
        auto node = ov::as_type_ptr<ov::op::v0::Constant>(get_input_node_shared_ptr(i));
        return node ? const_cast<void*>(node->get_data_ptr()) : nullptr;
    }

    // With `unknown` for sizes that are not known; false where nothing can be told.
    bool infer_with(int64_t unknown, std::vector<rq_x_tensor>& out) const {
        std::vector<rq_x_tensor> in;
        out.assign(row_->n_out, rq_x_tensor{});
        for (size_t i = 0; i < get_input_size(); i++) {
            const ov::PartialShape& shape = get_input_partial_shape(i);
            for (rq_x_tensor& t : out) t.type = type_of(get_input_element_type(0));
            if (shape.rank().is_dynamic()) return false;
            ov::Shape sizes;
            for (const ov::Dimension& d : shape)
                sizes.push_back(d.is_static() ? d.get_length() : unknown);
            in.push_back(tensor_of(get_input_element_type(i), sizes, constant(i)));
        }
        return infer(in, out);
    }

    static ov::PartialShape common(const rq_x_tensor& a, const rq_x_tensor& b) {
        if (a.rank != b.rank) return ov::PartialShape::dynamic();
        ov::PartialShape shape;
        for (int32_t i = 0; i < a.rank; i++)
            shape.push_back(a.dims[i] == b.dims[i] ? ov::Dimension(a.dims[i])
                                                   : ov::Dimension::dynamic());
        return shape;
    }

    const rq_x_library* library_;
    const rq_x_op* row_;
    const ov::DiscreteTypeInfo* info_;
    Attributes attributes_;
};

class Extension : public ov::BaseOpExtension {
public:
    Extension(const rq_x_library* library, const rq_x_op* row)
        : library_(library), row_(row), info_(row->type, row->opset) {
        info_.hash();
    }
    const ov::DiscreteTypeInfo& get_type_info() const override { return info_; }
    ov::OutputVector create(const ov::OutputVector& inputs,
                            ov::AttributeVisitor& visitor) const override {
        auto node = std::make_shared<Operator>(library_, row_, &info_);
        node->set_arguments(inputs);
        if (node->visit_attributes(visitor)) node->constructor_validate_and_infer_types();
        return node->outputs();
    }
    std::vector<ov::Extension::Ptr> get_attached_extensions() const override { return {}; }

private:
    const rq_x_library* library_;
    const rq_x_op* row_;
    ov::DiscreteTypeInfo info_;
};

// Nodes may outlive the core that took them: their type infos stay.
std::vector<ov::Extension::Ptr> extensions() {
    static const auto* all = [] {
        auto* list = new std::vector<ov::Extension::Ptr>;
        const rq_x_library* library = rq_extension();
        OPENVINO_ASSERT(library->abi == RQ_X_ABI, "made for another requant_extension.h");
        for (uint32_t i = 0; i < library->n_ops; i++)
            list->push_back(std::make_shared<Extension>(library, &library->ops[i]));
        return list;
    }();
    return *all;
}

}  // namespace

OPENVINO_CREATE_EXTENSIONS(extensions());
